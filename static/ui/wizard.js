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
// What somebody typed before this ran, or the browser filled in again, is summed up like what is typed from now on.
const differs = (el) => (el.matches('select') ? [...el.options].some((o) => o.defaultSelected) && [...el.options].some((o) => o.selected !== o.defaultSelected)
  : el.matches('[type=radio], [type=checkbox]') ? el.checked !== el.defaultChecked
    : el.matches('input:not([type=hidden]), textarea') && el.value !== el.defaultValue);
const typed = [...byId('wizard')?.elements ?? []].some(differs);
if (typed) document.addEventListener('DOMContentLoaded', () => htmx.trigger('#wizard', 'recheck'));
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
// Cards of which those show that go with a choice above them (an architecture).
const shelves = (match) => {
  for (const card of document.querySelectorAll('[data-match-card]')) card.hidden = card.dataset.matchCard !== match;
};
document.addEventListener('change', (e) => {
  const el = e.target.closest('[data-match-choice]');
  if (!el) return;
  e.stopPropagation();
  const before = document.querySelector('[data-match-card] input:checked');
  shelves(el.dataset.matchChoice);
  if (!before) return;
  const same = document.querySelector(`[data-match-card="${CSS.escape(el.dataset.matchChoice)}"][data-family="${CSS.escape(before.closest('label').dataset.family)}"] input`);
  if (same && !same.checked && !same.disabled) { same.checked = true; same.dispatchEvent(new Event('change', { bubbles: true })); }
}, true);
const followImage = () => { // the choice above shows what the chosen card or row goes with
  const choices = [...document.querySelectorAll('[data-match-choice]')];
  const at = document.querySelector('input[data-match]:checked')?.dataset.match;
  const choice = choices.find((c) => c.dataset.matchChoice === at) ?? choices[0];
  if (choice) { choice.checked = true; shelves(choice.dataset.matchChoice); }
};
followImage();
document.addEventListener('change', (e) => { if (e.target.matches('input[data-match]')) followImage(); });

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
