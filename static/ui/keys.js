// Single-key shortcuts: off inside fields and dialogs, and where the person turned them off (WCAG 2.1.4).
const $ = (selector) => document.querySelector(selector);
let going = 0;

const rows = () => [...document.querySelectorAll('#list tbody tr')];
const step = (by) => {
  const list = rows();
  const at = list.findIndex((row) => row.contains(document.activeElement));
  const next = list[Math.min(Math.max(at + by, 0), list.length - 1)];
  (next?.querySelector('.name') ?? next?.querySelector('a, input'))?.focus();
};
const here = () => rows().find((row) => row.contains(document.activeElement));
const ACTS = {
  '/': () => ($('#filter-text') ?? $('main [type=search]'))?.focus(),
  '?': () => $('#keys').showModal(),
  j: () => step(1),
  k: () => step(-1),
  x: () => here()?.querySelector('input[name=id]')?.click(),
  r: () => $('[data-refresh]')?.click(),
  g: () => { going = Date.now(); },
};
document.addEventListener('keydown', (e) => {
  if (document.documentElement.dataset.shortcuts === 'off' || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target.closest('input:not([type=checkbox]), textarea, select, dialog, [contenteditable]')) return;
  if (Date.now() - going < 1500) {
    going = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(e.key.toLowerCase())}"]`);
    if (link) { e.preventDefault(); location.assign(link.href); return; }
  }
  if (Object.hasOwn(ACTS, e.key)) { e.preventDefault(); ACTS[e.key](); }
});
