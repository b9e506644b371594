// The player around the scene: time, controls, words, and the numbers for machines.

const $ = id => document.getElementById(id), canvas = $('canvas');
const framed = window !== window.parent;
const speeds = {'1/8x': .125, '1/4x': .25, '1/2x': .5, '1x': 1, '2x': 2, '4x': 4};
let time = 0, playing = false, last = 0, draw = null;

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
const frameAt = seconds => clamp(Math.floor(seconds * data.fps + 1e-6), 0, data.frames - 1);
const element = (tag, text, name) => Object.assign(document.createElement(tag), {textContent: text ?? '', className: name ?? ''});
const mood = end => end === 'fell' || end === 'fault' ? 'failed' : end === 'success' ? 'success' : '';

// What a side's end says at this frame, '' while its episode goes on.
function endAt(side, frame) {
  const end = side.ends.filter(e => e.frame <= frame).pop();
  return end && data.episode[end.frame] === data.episode[frame] ? end.text : '';
}

// --- numbers for machines: #read=0.5,1

function readAt(seconds) {
  const frame = frameAt(seconds), {episode} = data.episodes[data.episode[frame]];
  const sides = data.sides.map(side => ({
    policy: side.policy, world: side.world, step: side.count[frame], return: side.ret[frame], reward: side.reward[frame],
    end: endAt(side, frame), joints: Object.fromEntries(side.coordinates.map((c, i) => [c.name, side.joint[i][frame]])),
    bodies: side.bodies.map((name, i) => ({name, pos: side.pose[i].slice(0, 3).map(c => c[frame]),
      quat: side.pose[i].slice(3).map(c => c[frame])})),
  }));
  return {time: frame / data.fps, frame, episode, sides};
}

// --- words

function describe(side, frame) {
  const end = endAt(side, frame), step = side.count[frame];
  return [`step ${step}, ${(step * side.dt).toFixed(2)} s`, `return ${side.ret[frame].toFixed(1)}`, end];
}

function makeHead(pane) {
  const place = pane.box, head = element('div', '', 'head ' + (data.sides[1] ? `side${data.sides.indexOf(pane.side)}` : 'alone'));
  head.style.left = `calc(${100 * place[0]}% + 8px)`;
  head.style.top = `calc(${100 * place[1]}% + 8px)`;
  head.style.maxWidth = `min(46ch, calc(${100 * place[2]}% - 16px))`;
  head.append(element('b', pane.side.policy), element('small', 'in ' + pane.side.world));
  if (pane.ghost) head.append(element('small', `blue: ${pane.ghost.policy} in ${pane.ghost.world}`));
  head.append(element('span'), element('span', '', 'end'));
  return head;
}

function makeHeads() {
  $('heads').replaceChildren(...panes().map(makeHead));
  tell(frameAt(time));
}

function makeTable() {
  const names = [...new Map(data.sides.flatMap(s => s.coordinates).map(c => [c.name, c])).values()];
  const row = element('tr');
  row.append(element('th', 'joint'), ...data.sides.map((s, i) => element('th', data.sides[1] ? ['left', 'right'][i] : 'position')));
  $('joints').querySelector('thead').replaceChildren(row);
  $('joints').querySelector('tbody').replaceChildren(...names.map(c => {
    const line = element('tr');
    line.append(element('th', c.unit === '1' ? c.name : `${c.name} [${c.unit}]`), ...data.sides.map(() => element('td')));
    line.joint = data.sides.map(s => s.joint[s.coordinates.findIndex(own => own.name === c.name)]);
    return line;
  }));
}

function makeMarks() {
  const at = frame => `${100 * frame / Math.max(1, data.frames - 1)}%`;
  const marks = data.sides.flatMap(side => side.ends.map(end => [end.frame, `${end.text} (${side.policy})`, mood(end.text)]));
  $('marks').replaceChildren(...marks.map(([frame, text, name]) => {
    const mark = element('i', '', name);
    mark.style.left = at(frame);
    mark.title = text;
    return mark;
  }));
}

function tell(frame) {
  panes().forEach(({side}, i) => {
    const head = $('heads').children[i], [step, ret, end] = describe(side, frame);
    head.querySelector('span').textContent = `${step}, ${ret}`;
    Object.assign(head.querySelector('.end'), {textContent: end && `, ${end}`, className: 'end ' + mood(end)});
  });
  if (!$('joints').hidden)
    for (const line of $('joints').querySelectorAll('tbody tr'))
      line.joint.forEach((joint, i) => line.cells[i + 1].textContent = joint ? joint[frame].toFixed(4) : '');
  $('scrub').value = frame;
  $('time').textContent = `${(frame / data.fps).toFixed(2)} / ${((data.frames - 1) / data.fps).toFixed(2)} s`;
  $('play').textContent = playing ? 'Pause' : 'Play';
}

// --- time

let shown = -1, asked = false;

function show() {
  asked = false;
  const exact = clamp(time * data.fps, 0, data.frames - 1), frame = frameAt(time);
  if (draw) draw(frame, playing ? clamp(exact - frame, 0, 1) : 0);
  tell(frame);
}

function ask() {
  if (!asked) requestAnimationFrame(show);
  asked = true;
}

function tick(now) {
  if (!playing) return;
  time += Math.min(now - last, 200) / 1000 * Number($('speed').value);
  last = now;
  if (time > data.frames / data.fps) time = 0;
  show();
  requestAnimationFrame(tick);
}

function play(on) {
  if (on && !playing) requestAnimationFrame(now => tick(last = now));
  playing = on;
  ask();
}

function go(frame) {
  time = clamp(frame, 0, data.frames - 1) / data.fps;
  play(false);
}

// --- hands

function reset() {
  const {azimuth, elevation, distance} = data.sides[data.sides.length - 1];
  Object.assign(view, {azimuth, elevation, distance, shift: [0, 0, 0]});
  ask();
}

function zoom(factor) {
  view.distance *= factor;
  ask();
}

function turn(dx, dy) {
  view.azimuth -= .35 * dx;
  view.elevation = clamp(view.elevation - .35 * dy, -89, 89);
  ask();
}

function move(dx, dy) {
  const {right, up} = axes(), scale = 1.1 * view.distance / canvas.clientHeight;
  view.shift = view.shift.map((x, k) => x - scale * (dx * right[k] - dy * up[k]));
  ask();
}

const fingers = new Map();

function drag(event) {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const now = {x: event.clientX, y: event.clientY}, dx = now.x - before.x, dy = now.y - before.y;
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  fingers.set(event.pointerId, now);
  if (other) {
    const apart = p => Math.hypot(p.x - other.x, p.y - other.y) || 1;
    zoom(apart(before) / apart(now));
    move(dx / 2, dy / 2);
  } else if (event.shiftKey || event.buttons & 2) {
    move(dx, dy);
  } else {
    turn(dx, dy);
  }
}

function listen() {
  canvas.onpointerdown = event => {
    fingers.set(event.pointerId, {x: event.clientX, y: event.clientY});
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = drag;
  canvas.onpointerup = canvas.onpointercancel = event => fingers.delete(event.pointerId);
  canvas.oncontextmenu = () => false;
  canvas.addEventListener('wheel', event => {
    if (framed && document.activeElement !== canvas) return;  // the page around scrolls until the scene is clicked
    event.preventDefault();
    zoom(Math.exp(.0012 * event.deltaY));
  }, {passive: false});
  new ResizeObserver(() => { makeHeads(); ask(); }).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').onchange = ask;
  $('play').onclick = () => play(!playing);
  $('scrub').oninput = () => go(Number($('scrub').value));
  $('follow').onclick = reset;
  $('view').onclick = () => chooseView(!view.ghost);
  $('table').onclick = () => showTable($('joints').hidden);
  window.onkeydown = press;
  window.onhashchange = obey;
}

function chooseView(ghost) {
  view.ghost = ghost;
  $('view').textContent = ghost ? 'Side by side' : 'Ghost';
  makeHeads();
  ask();
}

function showTable(on) {
  $('joints').hidden = !on;
  $('table').setAttribute('aria-pressed', on);
  ask();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === $('speed')) return;
  const frame = frameAt(time), step = event.shiftKey ? data.fps : 1;
  const keys = {
    ' ': () => play(!playing), ArrowLeft: () => go(frame - step), ArrowRight: () => go(frame + step), Home: () => go(0),
    End: () => go(data.frames), f: reset, j: () => showTable($('joints').hidden), v: () => data.sides[1] && chooseView(!view.ghost),
    ArrowUp: () => zoom(.9), ArrowDown: () => zoom(1 / .9),
  };
  if (!keys[event.key] || (event.key === ' ' && event.target.tagName === 'BUTTON')) return;
  event.preventDefault();
  keys[event.key]();
}

// --- begin

// #t=1.5: shows that time. #read=0.5,1: numbers at these times in place of the page. True: they are.
function obey() {
  const [, word, text] = location.hash.match(/^#(t|read)=([\d.,]+)$/) || [];
  if (word === 't') go(frameAt(Number(text)));
  if (word !== 'read') return word === 't';
  playing = false;
  document.body.replaceChildren(element('pre', JSON.stringify({format: 1, fps: data.fps, frames: data.frames,
    at: text.split(',').map(Number).map(readAt)})));
  return true;
}

async function begin() {
  const [head, bytes] = await unpack($('data').textContent), take = reader(bytes);
  data = {...head, meshes: head.meshes.map(mesh => readMesh(mesh, take))};
  data.sides = head.sides.map(side => readSide(side, head.frames, head.step, take));
  data.episode = new Int32Array(data.frames);
  data.episodes.forEach((episode, i) => data.episode.fill(i, episode.frame));
  if (location.hash.startsWith('#read=') && obey()) return;
  $('scrub').max = data.frames - 1;
  $('speed').replaceChildren(...Object.entries(speeds).map(([name, s]) => new Option(name, s, s === 1, s === 1)));
  $('view').hidden = !data.sides[1];
  makeTable();
  makeMarks();
  draw = painter(canvas);
  $('note').textContent = draw ? '' : 'This browser has no WebGL 2: the numbers are all there is to see.';
  $('note').hidden = !!draw;
  listen();
  reset();
  chooseView(head.ghost);
  showTable(!draw);
  if (!obey()) play(!matchMedia('(prefers-reduced-motion: reduce)').matches);
}

begin().catch(error => {
  $('note').textContent = `This replay cannot be shown: ${error.message}`;
  $('note').hidden = false;
});
