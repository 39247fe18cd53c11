// Sends files to object storage by requests that the panel signs. No page, no texts: upload.js shows what this does.
//
// An item goes waiting → hashing → sending → ending → done; or taken (an object of its key is there), failed, cancelled.
// What can pass is tried again, for as long as the connection is lost; what AWS says against an item ends that item.

const SENDERS = 6; // requests to AWS at the same time; a browser makes no more of HTTP/1.1
const BATCH = 100; // small files that are begun, or ended, by one request to the panel
const BATCH_BYTES = 64 * 1024 * 1024;
const AHEAD = 4; // parts of a file that are hashed, and then signed by one request
const TRIES = 6; // of what AWS refuses and may accept later

export class Stopped extends Error {}
class Refused extends Error {
  constructor(error) { super(error.text); this.error = error; }
}

const pause = (ms, signal) => new Promise((resolve) => {
  const done = () => { clearTimeout(timer); removeEventListener('online', done); resolve(); };
  const timer = setTimeout(done, ms);
  addEventListener('online', done);
  signal?.addEventListener('abort', done);
});

class Gate { // lets so many through at a time, in order
  constructor(count) { this.free = count; this.queue = []; }
  async enter() {
    if (this.free > 0) this.free--;
    else await new Promise((resolve) => this.queue.push(resolve));
    return () => { const next = this.queue.shift(); if (next) next(); else this.free++; };
  }
}

class Hasher {
  constructor(url) {
    this.worker = new Worker(url, { type: 'module' });
    this.asked = new Map();
    this.count = 0;
    this.worker.addEventListener('message', ({ data }) => {
      const { resolve, reject } = this.asked.get(data.id);
      this.asked.delete(data.id);
      if (data.error) reject(new Refused({ code: data.error, text: '' }));
      else resolve(data.crc32);
    });
  }
  crc32(blob) {
    return new Promise((resolve, reject) => {
      const id = this.count++;
      this.asked.set(id, { resolve, reject });
      this.worker.postMessage({ id, blob });
    });
  }
}

export class Uploader extends EventTarget {
  // api and place: the panel's addresses and their query; headers: what its requests carry; once: bytes up to which a
  // file is sent by one request.
  constructor({ api, place, headers, once, worker }) {
    super();
    Object.assign(this, { api, place, headers, once, items: [], replace: false, storage: 'STANDARD' });
    this.hasher = new Hasher(worker);
    this.gate = new Gate(SENDERS);
    this.stopping = new AbortController();
    this.paused = this.closed = false;
    this.lost = 0; // requests that wait for the connection to come back
    this.ended = []; // small files that AWS has, to be completed
    this.running = { small: false, big: false, ending: false };
  }

  add(files) { // [{file, key}]
    const known = new Map(this.items.filter((one) => one.state !== 'cancelled').map((one) => [one.key, one]));
    for (const { file, key } of files) {
      const before = known.get(key);
      if (before && ['waiting', 'hashing', 'sending', 'ending'].includes(before.state)) continue;
      if (before) this.items.splice(this.items.indexOf(before), 1);
      const item = { key, file, size: file.size, state: 'waiting', sent: 0, flying: new Set(), replace: false };
      known.set(key, item);
      this.items.push(item);
    }
    this.go();
  }

  get busy() { return this.items.some((one) => ['waiting', 'hashing', 'sending', 'ending'].includes(one.state)); }

  pause() {
    this.paused = true;
    this.stopping.abort();
    this.changed();
  }

  resume() {
    this.paused = false;
    this.stopping = new AbortController();
    for (const item of this.items) if (item.state === 'stopped') this.set(item, 'waiting');
    this.go();
  }

  open(yes) { // whether AWS takes anything from this page
    this.closed = !yes;
    if (yes) this.go();
  }

  cancel(item) {
    this.set(item, 'cancelled');
    for (const request of item.flying) request.abort();
    this.drop(item);
  }

  drop(item) { // what fails of this is listed among those that did not end
    if (item.id) this.ask('DELETE', `${item.id}/`).catch(() => {});
    item.id = item.request = null;
  }

  retry(item, replace = false) {
    if (item.size <= this.once) this.drop(item);
    Object.assign(item, { replace: item.replace || replace, error: null, sent: 0, exists: false });
    this.set(item, 'waiting');
    this.go();
  }

  set(item, state, error = null) {
    if (item.state === 'cancelled' && state !== 'waiting') return;
    item.state = state;
    item.error = error ?? item.error;
    this.changed();
  }

  changed() { this.dispatchEvent(new Event('change')); }

  go() {
    if (this.paused || this.closed) return;
    this.lane('small', () => this.small());
    this.lane('big', () => this.big());
    this.changed();
  }

  async lane(name, run) {
    if (this.running[name]) return;
    this.running[name] = true;
    try { while (!this.paused && !this.closed && await run()); } finally { this.running[name] = false; }
    this.changed();
  }

  waiting(small) {
    return this.items.filter((one) => one.state === 'waiting' && (one.size <= this.once) === small);
  }

  // Small files ──────────────────────────────────────────────────────────

  async small() { // one batch of them; whether there was any
    const batch = [];
    let bytes = 0;
    const replace = this.waiting(true)[0]?.replace;
    for (const item of this.waiting(true)) {
      if (item.replace !== replace || batch.length === BATCH || (batch.length && bytes + item.size > BATCH_BYTES)) break;
      batch.push(item);
      bytes += item.size;
    }
    if (!batch.length) return false;
    for (const item of batch) this.set(item, 'hashing');
    const hashed = await Promise.all(batch.map((item) => this.guarded(item, async () => {
      item.crc32 = await this.hasher.crc32(item.file);
    })));
    const ready = batch.filter((item, n) => hashed[n] && item.state === 'hashing');
    const begun = [ // what was paused has its address still
      ...ready.filter((item) => item.request), ...await this.begin(ready.filter((item) => !item.request), replace),
    ];
    await Promise.all(begun.map(async (item) => {
      const again = async () => {
        this.drop(item);
        await this.begin([item], replace);
        this.check(item);
        return item.request;
      };
      const done = await this.guarded(item, async () => {
        this.set(item, 'sending');
        await this.put(item, item.file, item.request, again);
        this.set(item, 'ending');
      });
      if (done) this.end(item);
    }));
    await this.flush();
    return true;
  }

  end(item) {
    this.ended.push(item);
    if (this.ended.length >= BATCH) this.flush();
  }

  async flush() {
    const items = this.ended.splice(0).filter((one) => one.state === 'ending');
    if (items.length) await this.complete(items);
  }

  // Files in parts ───────────────────────────────────────────────────────

  async big() {
    const item = this.waiting(false)[0];
    if (!item) return false;
    item.sent = 0;
    this.set(item, 'hashing');
    const [begun] = await this.begin([item], item.replace);
    if (!begun) return true;
    const done = await this.guarded(item, () => this.parts(item));
    if (done) await this.complete([item]);
    return true;
  }

  async parts(item) {
    const count = Math.ceil(item.size / item.partSize);
    const slice = (number) => item.file.slice((number - 1) * item.partSize, number * item.partSize);
    const there = new Map(item.parts.map((part) => [part.number, part.crc32]));
    const sends = new Set();
    let failure = null;
    const send = async (leave, number, crc32, signed) => {
      try {
        const etag = await this.put(item, slice(number), signed, async () => (await this.sign(item, [{ number, crc32 }]))[0]);
        (item.told ??= []).push({ number, etag, crc32 });
      } finally { leave(); }
    };
    let batch = [];
    const flush = async () => { // one request to the panel signs several parts, and tells which were sent
      const parts = batch;
      batch = [];
      const signed = await this.sign(item, parts);
      for (const [n, part] of parts.entries()) {
        const leave = await this.gate.enter();
        if (failure) { leave(); return; }
        const sending = send(leave, part.number, part.crc32, signed[n]).catch((error) => { failure ??= error; });
        sends.add(sending);
        sending.finally(() => sends.delete(sending));
      }
    };
    this.set(item, 'sending');
    for (let number = 1; number <= count && !failure; number++) {
      this.check(item);
      const crc32 = await this.hasher.crc32(slice(number));
      if (there.get(number) === crc32) { // AWS has it, and it is still what is in the file
        item.sent += slice(number).size;
        this.changed();
        continue;
      }
      batch.push({ number, crc32 });
      if (batch.length === AHEAD) await flush();
    }
    if (batch.length && !failure) await flush();
    await Promise.all(sends);
    if (failure) throw failure;
    await this.sign(item, []);
    this.set(item, 'ending');
  }

  async sign(item, parts) {
    const sent = (item.told ?? []).splice(0);
    if (!parts.length && !sent.length) return [];
    try {
      return (await this.ask('POST', `${item.id}/parts/`, { parts, sent }, item)).results;
    } catch (error) {
      (item.told ??= []).push(...sent);
      throw error;
    }
  }

  // Requests ─────────────────────────────────────────────────────────────

  check(item) { // whether to go on with it
    if (this.paused || ['cancelled', 'failed', 'taken'].includes(item.state)) throw new Stopped();
  }

  async guarded(item, run) { // whether it went well; else the item says what not
    try {
      this.check(item);
      await run();
      return true;
    } catch (error) {
      if (item.state === 'cancelled') return false;
      if (error instanceof Stopped) { if (this.paused && item.state !== 'failed') this.set(item, 'stopped'); }
      else if (error instanceof Refused) this.set(item, 'failed', error.error);
      else { this.set(item, 'failed', { code: error.name, text: '' }); console.warn(error); }
      return false;
    }
  }

  async begin(items, replace) { // those that may go on
    if (!items.length) return [];
    const objects = items.map((one) => ({
      key: one.key, size: one.size, content_type: one.file.type, mark: String(one.file.lastModified),
      ...(one.size <= this.once ? { crc32: one.crc32 } : {}),
    }));
    try {
      const body = { objects, replace: Boolean(replace || this.replace), storage_class: this.storage };
      const { results } = await this.ask('POST', '', body);
      return items.filter((item, n) => {
        const found = results[n];
        Object.assign(item, { id: found.id, request: found.request, partSize: found.part_size, parts: found.parts });
        if (found.state === 'taken') this.set(item, 'taken', { taken: true });
        else if (found.error) this.set(item, 'failed', found.error);
        else if (item.state !== 'cancelled') { this.set(item, 'sending'); return true; }
        return false;
      });
    } catch (error) {
      return this.unbegun(items, replace, error);
    }
  }

  async unbegun(items, replace, error) { // one that is wrong stops the request: the others go without it
    const wrong = error.error?.errors ?? {};
    const rest = items.filter((item, n) => {
      const said = Object.entries(wrong).filter(([name]) => name.startsWith(`objects[${n}]`)).flatMap(([, text]) => text);
      if (said.length) this.set(item, 'failed', { code: '', text: said.join(' ') });
      return !said.length;
    });
    if (rest.length < items.length) return this.begin(rest, replace);
    for (const item of items) await this.guarded(item, () => { throw error; });
    return [];
  }

  async complete(items) {
    try {
      const uploads = items.map((one) => ({ upload: one.id, replace: one.replace || this.replace }));
      const { results } = await this.ask('POST', 'complete/', { uploads });
      for (const [n, item] of items.entries()) {
        if (results[n].state === 'done') { item.sent = item.size; this.set(item, 'done'); }
        else if (results[n].state === 'taken' || item.exists) this.set(item, 'taken', { taken: true });
        else this.set(item, 'failed', results[n].error ?? { code: results[n].state, text: '' });
      }
    } catch (error) {
      for (const item of items) await this.guarded(item, () => { throw error; });
    }
  }

  async ask(method, path, body, item = null) { // the panel; what passes is tried again
    for (let tries = 0; ; tries++) {
      if (item) this.check(item);
      let answer;
      try {
        answer = await fetch(`${this.api}${path}?${this.place}`, {
          method,
          headers: { ...this.headers, ...(body ? { 'Content-Type': 'application/json' } : {}) },
          body: body && JSON.stringify(body),
        });
      } catch {
        await this.wait(tries);
        continue;
      }
      if (answer.ok) return answer.status === 204 ? null : answer.json();
      const problem = await answer.json().catch(() => ({}));
      if ([502, 503, 504].includes(answer.status) && tries < TRIES) {
        await this.wait(tries);
        continue;
      }
      throw new Refused({
        code: problem.code ?? String(answer.status), text: problem.detail || problem.title || answer.statusText,
        request_id: problem.request_id ?? '', errors: problem.errors,
      });
    }
  }

  async wait(tries) {
    this.lost++;
    this.changed();
    await pause(Math.min(30_000, 500 * 2 ** tries), this.stopping.signal);
    this.lost--;
    this.changed();
  }

  async put(item, blob, signed, again) { // to AWS; answers the ETag
    const leave = item.size <= this.once ? await this.gate.enter() : null;
    try {
      for (let tries = 0, refused = 0, signedAnew = false; ; tries++) {
        this.check(item);
        const answer = await this.send(item, blob, signed);
        if (answer.status >= 200 && answer.status < 300) return answer.etag;
        this.check(item);
        if (answer.status === 412) { item.exists = true; return ''; } // perhaps by a try of our own: the panel looks
        if (answer.status === 0) await this.wait(tries);
        else if (answer.status === 403 && !signedAnew) { // perhaps its hour is over
          signedAnew = true;
          signed = await again();
        } else if (++refused >= TRIES || (answer.status < 500 && ![408, 429].includes(answer.status))) throw new Refused(answer.error);
        else await this.wait(refused);
      }
    } finally { leave?.(); }
  }

  send(item, blob, signed) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      let counted = 0;
      const count = (bytes) => { item.sent += bytes - counted; counted = bytes; this.changed(); };
      const stop = () => request.abort();
      request.open(signed.method, signed.url);
      for (const [name, value] of Object.entries(signed.headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener('progress', (e) => count(e.loaded));
      request.addEventListener('loadend', () => {
        this.stopping.signal.removeEventListener('abort', stop);
        item.flying.delete(request);
        const good = request.status >= 200 && request.status < 300;
        count(good ? blob.size : 0);
        resolve({ status: request.status, etag: good ? request.getResponseHeader('ETag') ?? '' : '', error: said(request) });
      });
      this.stopping.signal.addEventListener('abort', stop);
      item.flying.add(request);
      request.send(blob);
    });
  }
}

const said = (request) => { // AWS's error, out of its XML
  const found = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(request.responseText)?.[1] ?? '';
  return { code: found('Code') || String(request.status), text: found('Message'), request_id: found('RequestId') };
};
