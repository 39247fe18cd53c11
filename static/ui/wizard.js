// The wizard's page: the table of contents follows the scrolling, drafts say when they were saved, a key is shown once.
const byId = (id) => document.getElementById(id);
const scroller = document.querySelector('.wizard');
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hour12: false });

const spy = () => {
  const steps = [...document.querySelectorAll('.toc a')];
  const top = scroller.getBoundingClientRect().top + 140;
  const atEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 4;
  const passed = steps.filter((a) => document.querySelector(a.hash)?.getBoundingClientRect().top <= top);
  const now = atEnd && scroller.scrollTop > 0 ? steps.at(-1) : passed.at(-1) ?? steps[0];
  for (const a of steps) a === now ? a.setAttribute('aria-current', 'step') : a.removeAttribute('aria-current');
};
if (scroller) {
  scroller.addEventListener('scroll', spy, { passive: true });
  document.addEventListener('htmx:after:swap', spy);
  spy();
  byId('errors')?.focus();
}
document.addEventListener('click', (e) => {
  const link = e.target.closest('.toc a');
  if (!link) return;
  const part = document.querySelector(link.hash);
  if (part?.tagName === 'DETAILS') part.open = true;
});

document.addEventListener('click', (e) => { // a card that opens a part
  const part = byId(e.target.closest('[data-opens]')?.dataset.opens);
  if (!part) return;
  part.open = true;
  part.querySelector('[data-search]')?.focus();
});
document.addEventListener('draft-saved', () => {
  const line = byId('draft');
  if (!line) return;
  line.querySelector('.i')?.classList.remove('gone');
  line.querySelector('span').textContent = `${line.dataset.saved} ${clock.format(new Date())}`;
  for (const form of document.querySelectorAll('.start-over')) form.hidden = false;
});

// A private key, once: a file made in the page, nothing is fetched.
document.addEventListener('click', (e) => {
  const button = e.target.closest('[data-download]');
  if (!button) return;
  const url = URL.createObjectURL(new Blob([document.querySelector(button.dataset.download).textContent], { type: 'application/x-pem-file' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: button.dataset.filename });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
  button.classList.add('done');
  window.removeEventListener('beforeunload', hold);
});
const hold = (e) => { e.preventDefault(); };
if (byId('secret')) window.addEventListener('beforeunload', hold);
