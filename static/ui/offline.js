// Offline: pages keep their data and what was typed; whatever changes something is off until the panel is reached again.

const CHANGING = [
  'form[method=post] button:not([type=button])', 'button[form]', '[hx-target="#dialog"]', 'a[href*="/create/"]',
].join(',');
const HELD = ['aria-disabled', 'title'];

const root = document.documentElement;
const banner = document.getElementById('offline');
const retry = banner.querySelector('button');
const wait = banner.querySelector('[data-wait]');
const kept = new Map(); // controls that are off, with the attributes they had
let connection = null;
let nextTry = 0;

const announce = (text) => { document.getElementById('announce').textContent = text; };
const off = () => root.dataset.live === 'off';

const hold = () => {
  for (const control of document.querySelectorAll(CHANGING)) {
    if (kept.has(control) || control === retry) continue;
    kept.set(control, HELD.map((name) => control.getAttribute(name)));
    control.setAttribute('aria-disabled', 'true');
    control.title = banner.dataset.why;
  }
};

const free = () => {
  for (const [control, had] of kept) {
    HELD.forEach((name, n) => (had[n] === null ? control.removeAttribute(name) : control.setAttribute(name, had[n])));
  }
  kept.clear();
};

const lose = () => {
  if (!off()) {
    const time = banner.querySelector('time');
    time.dateTime = new Date().toISOString();
    time.textContent = new Intl.DateTimeFormat(root.lang, { hour: '2-digit', minute: '2-digit' }).format(new Date());
    root.dataset.live = 'off';
    banner.hidden = false;
  }
  hold();
};

const reload = () => window.htmx.trigger(document.getElementById('list') ?? document.body, 'reload');
const find = () => {
  const was = off();
  root.dataset.live = 'on';
  banner.hidden = true;
  if (!was) return;
  free();
  announce(banner.dataset.back);
  reload();
};

const again = async () => {
  nextTry = Date.now();
  connection?.delayCanceller?.();
  // The stream may have outlived a short loss: then nothing connects anew, and nothing would say so.
  const answer = await fetch('/healthz/live', { cache: 'no-store' }).catch(() => null);
  if (answer?.ok) find();
};

document.addEventListener('htmx:sse:before:connection', (e) => {
  connection = e.detail.connection;
  if (!connection.attempt) return;
  const { reconnectDelay, reconnectMaxDelay } = connection.config;
  const most = window.htmx.parseInterval(String(reconnectMaxDelay)) ?? reconnectMaxDelay;
  nextTry = Date.now() + Math.min(Number(reconnectDelay) * 2 ** (connection.attempt - 1), most);
  if (connection.attempt > 1) lose(); // one attempt more is what a server that restarts looks like
});
let streams = 0;
document.addEventListener('htmx:sse:after:connection', () => {
  if (streams++ && !off()) reload(); // between two streams nothing was told, however short it was
  find();
});
document.addEventListener('htmx:sse:error', (e) => {
  connection = e.detail.connection ?? connection;
  if (!document.hidden) lose();
});
window.addEventListener('offline', lose);
window.addEventListener('online', again);
retry.addEventListener('click', again);

setInterval(() => {
  if (!off()) return;
  const seconds = Math.max(0, Math.round((nextTry - Date.now()) / 1000));
  wait.textContent = seconds ? wait.dataset.wait.replace('{n}', seconds) : wait.dataset.now;
}, 1000);

document.addEventListener('htmx:after:swap', () => { if (off()) hold(); });
for (const type of ['click', 'submit']) {
  document.addEventListener(type, (e) => {
    const control = type === 'click' ? e.target.closest?.(CHANGING) : e.submitter ?? e.target;
    if (!off() || !control || control === retry || (type === 'submit' && e.target.method !== 'post')) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    announce(banner.dataset.why);
  }, true);
}
