// The page that uploads: what was dropped or chosen, its progress, and how it ended. The work is uploader.js's.
// ui.js is not imported: served under another name, it would be there twice.
import { Uploader } from './uploader.js';

const announce = (text) => { document.getElementById('announce').textContent = text; };
const headers = () => JSON.parse(document.body.getAttribute('hx-headers:inherited') ?? '{}');

const page = document.getElementById('upload');
const told = JSON.parse(document.getElementById('upload-told').textContent);
const say = (name, values = {}) => told.texts[name].replace(/\{(\w+)\}/g, (_all, key) => values[key]);
const $ = (name) => page.querySelector(`[data-${name}]`);
const rows = document.getElementById('files');
const blank = document.getElementById('file');
const SHOWN = 200;
const RANK = { failed: 0, taken: 1, ending: 2, sending: 2, hashing: 3, stopped: 4, waiting: 5, done: 6, cancelled: 7 };

const number = new Intl.NumberFormat(document.documentElement.lang);
const bytes = (count) => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, count > 0 ? Math.floor(Math.log2(count) / 10) : 0);
  const value = count / 1024 ** step;
  return `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: step && value < 100 ? 1 : 0 }).format(value)} ${units[step]}`;
};
const duration = (seconds) => {
  if (seconds < 90) return say('seconds', { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return say('minutes', { n: Math.round(seconds / 60) });
  return say('hours', { n: Math.round(seconds / 3600) });
};

const uploader = new Uploader({ ...told, headers: headers() });
globalThis.uploads = uploader; // for whoever looks from the browser's console

// What is to be sent ─────────────────────────────────────────────────────

const add = (found) => {
  const files = found.map(({ file, path }) => ({ file, key: told.prefix + path }));
  const long = files.filter(({ key }) => new TextEncoder().encode(key).length > told.limits.key);
  const large = files.filter(({ file }) => file.size > told.limits.largest);
  const wrong = new Set([...long, ...large]);
  uploader.add(files.filter((one) => !wrong.has(one)));
  const skipped = $('skipped');
  skipped.hidden = !wrong.size;
  skipped.querySelector('p').textContent = [
    long.length && say('long', { n: number.format(long.length), key: long[0].key.slice(0, 80) }),
    large.length && say('large', { n: number.format(large.length), key: large[0].key }),
  ].filter(Boolean).join(' ');
};

const chosen = (input) => {
  add([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
  input.value = ''; // the same may be chosen again
};
for (const input of page.querySelectorAll('input[type=file]')) input.addEventListener('change', () => chosen(input));

const within = async (entry, path, found) => { // a dropped folder, with all below it
  if (entry.isFile) {
    found.push({ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path: path + entry.name });
    return;
  }
  const reader = entry.createReader();
  for (;;) { // a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const one of some) await within(one, `${path}${entry.name}/`, found);
  }
};
const zone = $('zone');
let over = 0;
page.addEventListener('dragenter', (e) => { e.preventDefault(); over++; zone.dataset.over = ''; });
page.addEventListener('dragleave', () => { if (--over <= 0) delete zone.dataset.over; });
page.addEventListener('dragover', (e) => e.preventDefault());
page.addEventListener('drop', async (e) => {
  e.preventDefault();
  over = 0;
  delete zone.dataset.over;
  const entries = [...e.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  if (!entries.length) found.push(...[...e.dataTransfer.files].map((file) => ({ file, path: file.name })));
  try {
    for (const entry of entries) await within(entry, '', found);
  } catch (error) { // a folder that went away meanwhile
    console.warn(error);
  }
  add(found);
});

$('replace')?.addEventListener('change', (e) => { uploader.replace = e.target.checked; });
$('storage').addEventListener('change', (e) => { uploader.storage = e.target.value; });
$('pause').addEventListener('click', () => uploader.pause());
$('resume').addEventListener('click', () => uploader.resume());
$('stop').addEventListener('click', () => uploader.items.filter((one) => !['done', 'cancelled'].includes(one.state)).forEach((one) => uploader.cancel(one)));
$('all-replace').addEventListener('click', () => of('taken').forEach((one) => uploader.retry(one, true)));
$('all-again').addEventListener('click', () => of('failed').forEach((one) => uploader.retry(one)));
rows.addEventListener('click', (e) => {
  const button = e.target.closest('button[data-do]');
  const item = button && shown.get(button.closest('tr').dataset.n);
  if (!item) return;
  if (button.dataset.do === 'cancel') uploader.cancel(item);
  else uploader.retry(item, button.dataset.do === 'replace');
});
addEventListener('beforeunload', (e) => { if (uploader.busy) e.preventDefault(); });
addEventListener('offline', () => draw());

// The bucket's door: what AWS answers to a page of this origin ────────────

uploader.closed = true;
const door = () => {
  const state = document.getElementById('door')?.dataset.open;
  if (state !== undefined) uploader.open(state === 'yes');
  draw();
};
document.addEventListener('htmx:after:swap', door);
document.addEventListener('htmx:after:settle', door);

// What is seen ───────────────────────────────────────────────────────────

const of = (...states) => uploader.items.filter((one) => states.includes(one.state));
const shown = new Map(); // rows by number
const numbers = new WeakMap();
let count = 0;
let due = false;
const speed = { at: 0, sent: 0, value: 0 };

const sum = (items, name) => items.reduce((total, one) => total + one[name], 0);

const row = (item) => {
  if (!numbers.has(item)) numbers.set(item, String(++count));
  const n = numbers.get(item);
  let tr = rows.querySelector(`tr[data-n="${n}"]`);
  if (!tr) {
    tr = blank.content.firstElementChild.cloneNode(true);
    tr.dataset.n = n;
    tr.querySelector('bdi').textContent = item.key.slice(told.prefix.length);
    tr.querySelector('[data-size]').textContent = bytes(item.size);
    for (const button of tr.querySelectorAll('button')) button.setAttribute('aria-label', `${button.textContent.trim()}: ${item.key}`);
  }
  shown.set(n, item);
  const part = item.size ? Math.min(1, Math.max(0, item.sent / item.size)) : Number(item.state === 'done');
  const bar = tr.querySelector('progress');
  bar.value = part;
  bar.hidden = !['sending', 'stopped', 'ending'].includes(item.state);
  if (tr.dataset.state !== item.state) tr.dataset.state = item.state;
  tr.querySelector('[data-state-text]').textContent = state(item, part);
  const details = item.error ? [item.error.code, item.error.request_id].filter(Boolean).join(' · ') : '';
  tr.querySelector('[data-code]').textContent = item.state === 'failed' ? details : '';
  tr.querySelector('[data-do=again]').hidden = item.state !== 'failed';
  tr.querySelector('[data-do=replace]').hidden = item.state !== 'taken' || !told.replaces;
  tr.querySelector('[data-do=cancel]').hidden = ['done', 'cancelled'].includes(item.state);
  return tr;
};

const state = (item, part) => {
  if (item.state === 'failed') return told.texts[item.error?.code] || item.error?.text || say('failed');
  if (item.state === 'sending') return say(uploader.lost ? 'lost' : 'sending', { part: number.format(Math.floor(part * 100)) });
  return say(item.state);
};

const draw = () => {
  due = false;
  const items = uploader.items;
  page.dataset.any = items.length ? 'yes' : '';
  const order = items.length > SHOWN ? [...items].sort((a, b) => RANK[a.state] - RANK[b.state]).slice(0, SHOWN) : items;
  const wanted = order.map(row);
  for (const tr of [...rows.children]) if (!wanted.includes(tr)) { shown.delete(tr.dataset.n); tr.remove(); }
  wanted.forEach((tr, n) => { if (rows.children[n] !== tr) rows.insertBefore(tr, rows.children[n] ?? null); });
  $('more').hidden = items.length <= SHOWN;
  $('more').textContent = say('more', { n: number.format(items.length - SHOWN) });
  total(items.filter((one) => one.state !== 'cancelled'));
};

const total = (items) => {
  const done = of('done');
  const size = sum(items, 'size');
  const sent = sum(items, 'sent');
  const whole = $('whole');
  whole.value = size ? Math.min(1, sent / size) : Number(items.length > 0 && done.length === items.length);
  $('count').textContent = say('count', { done: number.format(done.length), all: number.format(items.length), sent: bytes(Math.max(0, sent)), size: bytes(size) });
  $('pace').textContent = pace(size - sent, sent);
  const bad = of('failed').length;
  const taken = of('taken').length;
  $('bad').textContent = [bad && say('bad', { n: number.format(bad) }), taken && say('takens', { n: number.format(taken) })].filter(Boolean).join(' ');
  $('all-replace').hidden = !taken || !told.replaces;
  $('all-again').hidden = !bad;
  $('pause').hidden = uploader.paused || !uploader.busy;
  $('resume').hidden = !uploader.paused;
  $('stop').hidden = !uploader.busy && !uploader.paused;
  page.dataset.state = items.length && done.length === items.length ? 'done' : uploader.busy ? 'busy' : '';
  finish(items, done);
};

const pace = (left, sent) => {
  if (uploader.paused) return say('stopped');
  if (uploader.closed && of('waiting').length) return say('closed');
  if (uploader.lost || !navigator.onLine) return say('lost', { part: '' });
  if (!uploader.busy) return '';
  const now = performance.now();
  if (now - speed.at > 1000) {
    const fresh = Math.max(0, (sent - speed.sent) / ((now - speed.at) / 1000));
    speed.value = speed.at && speed.value ? speed.value * 0.7 + fresh * 0.3 : speed.at ? fresh : 0;
    speed.at = now;
    speed.sent = sent;
  }
  return speed.value > 1 ? say('pace', { speed: bytes(speed.value), left: duration(left / speed.value) }) : '';
};

let finished = 0;
const finish = (items, done) => {
  if (uploader.busy || uploader.paused || !items.length || finished === done.length || !done.length) return;
  finished = done.length;
  announce(say('finished', { n: number.format(done.length) }));
};

const soon = () => {
  if (due) return;
  due = true;
  setTimeout(() => requestAnimationFrame(draw), 120);
};
uploader.addEventListener('change', soon);
setInterval(() => { if (uploader.busy) soon(); }, 1000);
door();
