// Copies pinned browser assets from node_modules to ../static/vendor and records their SHA-384.
//   npm ci --ignore-scripts && npm run vendor     refresh (commit the result)
//   npm run check                                 fail if the committed files differ from the lock
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../static/vendor');
const nm = (p) => join(here, 'node_modules', p);
const check = process.argv.includes('--check');

// [source in node_modules, file under static/vendor]; axe-core serves the tests alone. File names carry no version: the manifest storage hashes them.
const COPY = [
  ['htmx.org/dist/htmx.min.js', 'htmx/htmx.min.js'],
  ['htmx.org/dist/ext/hx-sse.min.js', 'htmx/hx-sse.min.js'],
  ['htmx.org/dist/ext/hx-preload.min.js', 'htmx/hx-preload.min.js'],
  ['uplot/dist/uPlot.iife.min.js', 'uplot/uPlot.iife.min.js'],
  ['uplot/dist/uPlot.min.css', 'uplot/uPlot.min.css'],
  ['@fontsource-variable/inter/files/inter-latin-wght-normal.woff2', 'inter/inter-latin-wght-normal.woff2'],
  ['@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2', 'jetbrains-mono/jetbrains-mono-latin-wght-normal.woff2'],
  ['htmx.org/LICENSE', 'htmx/LICENSE'],
  ['uplot/LICENSE', 'uplot/LICENSE'],
  ['@fontsource-variable/inter/LICENSE', 'inter/LICENSE'],
  ['@fontsource-variable/jetbrains-mono/LICENSE', 'jetbrains-mono/LICENSE'],
  ['lucide-static/LICENSE', 'icons/LICENSE'],
];

const ICONS = readFileSync(join(here, 'icons.txt'), 'utf8').split(/\s+/).filter(Boolean).sort();

function sprite() {
  const symbols = ICONS.map((name) => {
    const body = readFileSync(nm(`lucide-static/icons/${name}.svg`), 'utf8')
      .replace(/<!--.*?-->/gs, '').replace(/^\s*<svg[^>]*>|<\/svg>\s*$/g, '').replace(/\s+/g, ' ').trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`;
}

const files = new Map(COPY.map(([from, to]) => [to, readFileSync(nm(from))]));
// No source maps are vendored, so drop the pointers: Django's manifest storage would fail on them.
for (const [to, b] of files) if (/\.(m?js|css)$/.test(to)) files.set(to, Buffer.from(b.toString('utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')));
files.set('icons/icons.svg', Buffer.from(sprite()));

const lock = Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([to, b]) => [to, 'sha384-' + createHash('sha384').update(b).digest('base64')]));
const lockText = JSON.stringify(lock, null, 2) + '\n';

if (check) {
  const bad = Object.keys(lock).filter((f) => !existsSync(join(out, f)) || !readFileSync(join(out, f)).equals(files.get(f)));
  if (bad.length || readFileSync(join(out, 'vendor.lock.json'), 'utf8') !== lockText) {
    console.error('static/vendor differs from package-lock.json:', bad); process.exit(1);
  }
  console.log(`static/vendor matches package-lock.json (${files.size} files)`);
} else {
  rmSync(out, { recursive: true, force: true });
  for (const [to, b] of files) { mkdirSync(dirname(join(out, to)), { recursive: true }); writeFileSync(join(out, to), b); }
  writeFileSync(join(out, 'vendor.lock.json'), lockText);
  console.log(`${files.size} files written`);
}
