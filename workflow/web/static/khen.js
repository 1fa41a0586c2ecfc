// What script adds to pages that work without it: known components of GOV.UK Frontend, "select all" with a count, copy
// and print buttons, and a question before a half-filled form is left. Nothing here decides or fetches anything.

import { initAll, isSupported } from './vendor/govuk-frontend/govuk-frontend.js'

// The published way is an inline script; our policy allows none, so the marks are set here, before the components start.
if (isSupported() || 'noModule' in HTMLScriptElement.prototype) {
  document.body.classList.add('js-enabled', 'govuk-frontend-supported')
  initAll()
}

const all = (selector, root = document) => Array.from(root.querySelectorAll(selector))
const boxesOf = (name) => all(`input[type="checkbox"][name="${CSS.escape(name)}"]`)

// ── tables: pick all, count what is picked ──

function countPicked(name) {
  const boxes = boxesOf(name)
  const picked = boxes.filter((box) => box.checked).length
  for (const box of boxes) box.closest('tr')?.classList.toggle('khen-row--picked', box.checked)
  for (const output of all(`[data-khen-count="${CSS.escape(name)}"]`)) {
    output.textContent = String(picked)
    output.parentElement.hidden = false
    output.closest('.khen-bulk')?.classList.toggle('khen-bulk--picked', picked > 0)
  }
  for (const whole of all(`[data-khen-pick-all="${CSS.escape(name)}"]`)) {
    whole.checked = boxes.length > 0 && picked === boxes.length
    whole.indeterminate = picked > 0 && picked < boxes.length
  }
}

for (const whole of all('[data-khen-pick-all]')) {
  const name = whole.dataset.khenPickAll
  whole.closest('[hidden]').hidden = false
  whole.closest('th').querySelector('[data-khen-no-script]')?.remove()
  whole.addEventListener('change', () => {
    for (const box of boxesOf(name)) box.checked = whole.checked
    countPicked(name)
  })
}

const names = new Set([
  ...all('[data-khen-pick-all]').map((each) => each.dataset.khenPickAll),
  ...all('[data-khen-count]').map((each) => each.dataset.khenCount)
])
for (const name of names) {
  let last = null
  for (const box of boxesOf(name)) {
    // With Shift a whole stretch follows the box that was clicked, as in a spreadsheet.
    box.addEventListener('click', (event) => {
      const boxes = boxesOf(name)
      if (event.shiftKey && last !== null) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b)
        for (const each of boxes.slice(from, to + 1)) each.checked = box.checked
      }
      last = box
      countPicked(name)
    })
  }
  countPicked(name)
}
// A browser that comes back to a page may tick boxes again after this script ran.
window.addEventListener('pageshow', () => names.forEach(countPicked))

// ── copy, print ──

for (const button of all('[data-khen-copy]')) {
  const box = document.getElementById(button.dataset.khenCopy)
  const said = button.parentElement.querySelector('[role="status"]')
  button.hidden = false
  button.addEventListener('click', async () => {
    box.select()
    try {
      await navigator.clipboard.writeText(box.value)
    } catch {
      // No clipboard without TLS; the old way still works there, and the text stays selected in any case.
      document.execCommand('copy')
    }
    said.textContent = button.dataset.khenCopied
  })
}

for (const button of all('[data-khen-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

// ── a half-filled form is not lost by a wrong click ──

for (const form of all('form[data-khen-guard]')) {
  let touched = false
  form.addEventListener('input', () => { touched = true })
  form.addEventListener('submit', () => { touched = false })
  window.addEventListener('beforeunload', (event) => {
    if (touched) event.preventDefault()
  })
}
