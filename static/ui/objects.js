// The browser of objects, beside table.js: what is selected belongs to its folder; a lost connection is said in place.
const prefix = () => document.querySelector('.head[data-prefix]')?.dataset.prefix;
let here = prefix();

document.addEventListener('htmx:after:swap', (e) => {
  if (e.detail?.ctx?.target?.id !== 'list') return;
  if (prefix() !== here) {
    here = prefix();
    document.querySelector('[data-deselect]')?.click();
    document.querySelector('[data-panel-close]')?.click();
  }
});
document.addEventListener('htmx:error', () => {
  const lost = document.getElementById('unreached');
  if (!lost) return;
  lost.hidden = false;
  document.getElementById('waiting')?.remove();
});
// One field for all that is selected: a form of a thousand fields is refused. No reference has a blank in it.
document.addEventListener('htmx:config:request', (e) => {
  const body = e.detail?.ctx?.request?.body;
  const ids = body instanceof FormData ? body.getAll('id') : [];
  if (ids.length > 1) body.set('id', ids.join(' '));
});
// A form whose answer is a download leaves the page: its dialog has done its work.
document.addEventListener('submit', (e) => {
  if (e.target.matches('form[data-closes]')) e.target.closest('dialog')?.close();
});
// A form of rows to choose: all at once, and no button before one is chosen.
document.addEventListener('change', (e) => {
  const form = e.target.closest('form.unfinished');
  if (!form) return;
  const boxes = [...form.querySelectorAll('tbody input[type=checkbox]')];
  if (e.target.matches('[data-check-all]')) for (const box of boxes) box.checked = e.target.checked;
  form.querySelector('[data-needs-checked]')?.setAttribute('aria-disabled', String(!boxes.some((box) => box.checked)));
});
