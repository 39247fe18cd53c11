// Metric charts: uPlot with cursors that move together, drag to zoom into the URL's time range.
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const probe = document.createElement('span');
const colour = (name) => { // light-dark() is only resolved in a used value
  probe.style.color = `var(${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(document.documentElement.lang, { month: 'short', day: 'numeric' });
const short = (v) => (v == null ? '' : new Intl.NumberFormat(document.documentElement.lang, { notation: 'compact', maximumFractionDigits: 1 }).format(v));
const zoom = (u) => {
  const [from, to] = [u.select.left, u.select.left + u.select.width].map((x) => Math.round(u.posToVal(x, 'x')));
  if (to - from < 60) return;
  const url = new URL(location);
  url.searchParams.set('tab', 'monitoring');
  url.searchParams.delete('range');
  url.searchParams.set('from', from);
  url.searchParams.set('to', to);
  location.assign(url);
};

const draw = (place) => {
  const data = JSON.parse(place.dataset.chart);
  place.removeAttribute('data-chart');
  const last = data.times.at(-1);
  const line = colour('--series-1');
  const bound = data.bound && { label: data.bound.label, stroke: colour('--bad'), width: 1.2, dash: [6, 4], points: { show: false }, value: (u, v) => `${short(v ?? data.bound.value)} ${data.unit}` };
  const marked = (u) => { // what happened meanwhile, as lines from top to bottom
    for (const { at, tone } of data.marks ?? []) {
      const x = u.valToPos(at, 'x', true);
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      u.ctx.save();
      u.ctx.strokeStyle = colour({ ok: '--ok', bad: '--bad' }[tone] ?? '--text-3');
      u.ctx.lineWidth = devicePixelRatio;
      u.ctx.beginPath();
      u.ctx.moveTo(x, u.bbox.top);
      u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
      u.ctx.stroke();
      u.ctx.restore();
    }
  };
  const axis = { stroke: colour('--text-3'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 }, font: `11px ${css('--font')}` };
  const chart = new uPlot({
    width: place.clientWidth,
    height: 180,
    cursor: { sync: { key: 'metrics' }, drag: { x: true, y: false, setScale: false } },
    scales: { y: { range: (u, min, max) => [0, data.top ?? (max > 0 ? max * 1.1 : 1)] } },
    series: [{ label: place.dataset.time, value: (u, t) => (t == null ? '–' : clock.format(t * 1000)) }, { label: data.label, stroke: line, width: 1.6, fill: line.replace('rgb(', 'rgba(').replace(')', ', 0.12)'), points: { show: data.values.length < 3 }, value: (u, v) => (v == null ? '–' : `${short(v)} ${data.unit}`) }, ...(bound ? [bound] : [])],
    axes: [{ ...axis, values: (u, marks) => marks.map((t) => (last - data.times[0] > 86400 * 1.5 ? day : clock).format(t * 1000)) }, { ...axis, size: 46, values: (u, marks) => marks.map(short) }],
    hooks: { setSelect: [(u) => { if (u.select.width > 8) zoom(u); }], draw: [marked] },
  }, [data.times, data.values, ...(bound ? [data.times.map(() => data.bound.value)] : [])], place);
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 180 })).observe(place);
};
const all = () => { if (window.uPlot) for (const place of document.querySelectorAll('[data-chart]')) draw(place); };
document.addEventListener('htmx:after:swap', all);
addEventListener('load', all);
all();
