'use strict';
// A recorded film in the browser: reads the columns of the page and draws them with WebGL 2.

let data;  // what the page holds: see docs/formats.md
const view = {azimuth: 0, elevation: 0, distance: 1, shift: [0, 0, 0], ghost: false};  // the reader's

// --- data (viz/film/private/columns.h)

async function unpack(text) {
  const packed = Uint8Array.from(atob(text.trim()), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = new DataView(bytes.buffer).getUint32(0, true);
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))), bytes.subarray(4 + size)];
}

const reader = bytes => {
  let at = 0;
  return (count, step) => {
    const out = new Float64Array(count);
    for (let i = 0, last = 0; i < count; i++) {
      let rest = 0, shift = 0, byte;
      do {
        byte = bytes[at++];
        rest |= (byte & 127) << shift;
        shift += 7;
      } while (byte & 128);
      last = last + (rest >>> 1 ^ -(rest & 1)) | 0;
      out[i] = last === -2147483648 ? NaN : last * step;
    }
    return out;
  };
};

const times = (count, make) => Array.from({length: count}, (_, i) => make(i));

function readMesh(mesh, take) {
  if (mesh.kind === 'field') return {...mesh, height: take(mesh.rows * mesh.cols, mesh.step)};
  return {...mesh, at: times(3, () => take(mesh.vertices, mesh.step)), corner: times(3, () => take(mesh.faces, 1))};
}

function readSide(side, frames, step, take) {
  const pose = times(side.bodies.length, () => times(7, k => take(frames, k < 3 ? step.position : step.quaternion)));
  const joint = side.coordinates.map(() => take(frames, step.coordinate));
  const [count, ret, reward] = [take(frames, 1), take(frames, step.reward), take(frames, step.reward)];
  return {...side, pose, joint, count, ret, reward, lookat: times(3, () => take(frames, step.position))};
}

// --- vectors and matrices (columns first)

const unit = v => { const n = Math.hypot(...v) || 1; return v.map(x => x / n); };
const minus = (a, b) => a.map((x, i) => x - b[i]);
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

function times4(a, b) {
  const out = new Float32Array(16);
  for (let c = 0; c < 4; c++)
    for (let r = 0; r < 4; r++)
      for (let k = 0; k < 4; k++) out[4 * c + r] += a[4 * k + r] * b[4 * c + k];
  return out;
}

function matrix([x, y, z], quat) {
  const [w, i, j, k] = unit(quat);
  return [1 - 2 * (j * j + k * k), 2 * (i * j + k * w), 2 * (i * k - j * w), 0,
    2 * (i * j - k * w), 1 - 2 * (i * i + k * k), 2 * (j * k + i * w), 0,
    2 * (i * k + j * w), 2 * (j * k - i * w), 1 - 2 * (i * i + j * j), 0, x, y, z, 1];
}

// Between frames as well, but not from one episode to the next. Null: it is nowhere.
function poseOf(side, body, frame, part) {
  const next = frame + 1 < data.frames && data.episode[frame + 1] === data.episode[frame] ? frame + 1 : frame;
  const mixed = side.pose[body].map(column => column[frame] + (column[next] - column[frame]) * part);
  return mixed.every(Number.isFinite) ? matrix(mixed, mixed.slice(3)) : null;
}

// --- solids: triangles as position and normal of each corner

const flat = corners => {
  const out = [];
  for (let i = 0; i < corners.length; i += 3) {
    const [a, b, c] = corners.slice(i, i + 3), n = unit(cross(minus(b, a), minus(c, a)));
    out.push(...a, ...n, ...b, ...n, ...c, ...n);
  }
  return out;
};

const quad = (a, b, c, d) => [a, b, c, a, c, d];
const arc = (radius, z, from, to) => times(9, i => {
  const angle = (from + (to - from) * i / 8) * Math.PI / 180, r = Math.cos(angle), up = Math.sin(angle);
  return [radius * r, z + radius * up, r, up];
});

// A profile [radius, z, normal's parts] turned about z.
function lathe(profile, around = 28) {
  const out = [], corner = ([r, z, nr, nz], i) => {
    const c = Math.cos(2 * Math.PI * i / around), s = Math.sin(2 * Math.PI * i / around);
    return [r * c, r * s, z, nr * c, nr * s, nz];
  };
  for (let p = 0; p + 1 < profile.length; p++)
    for (let i = 0; i < around; i++)
      out.push(...quad(corner(profile[p], i), corner(profile[p], i + 1), corner(profile[p + 1], i + 1),
        corner(profile[p + 1], i)).flat());
  return out;
}

function scaled(solid, size) {
  for (let i = 0; i < solid.length; i += 6) {
    const n = unit(size.map((s, k) => solid[i + 3 + k] / s));
    for (let k = 0; k < 3; k++) solid[i + k] *= size[k], solid[i + 3 + k] = n[k];
  }
  return solid;
}

function box([x, y, z]) {
  const at = i => [i & 1 ? x : -x, i & 2 ? y : -y, i & 4 ? z : -z];
  return flat([[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]]
    .flatMap(face => quad(...face.map(at))));
}

function field({rows, cols, half, height}) {
  const at = (r, c) => [half[0] * (2 * c / (cols - 1) - 1), half[1] * (2 * r / (rows - 1) - 1), height[r * cols + c]];
  const out = [];
  for (let r = 0; r + 1 < rows; r++)
    for (let c = 0; c + 1 < cols; c++) out.push(...flat(quad(at(r, c), at(r, c + 1), at(r + 1, c + 1), at(r + 1, c))));
  return out;
}

function solid({kind, size: [a, b, c], mesh}) {
  const far = 400, x = a > 0 ? a : far, y = b > 0 ? b : far, of = data.meshes[mesh];
  switch (kind) {
    case 'plane': return flat(quad([-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]));
    case 'sphere': return lathe(arc(a, 0, -90, 90));
    case 'ellipsoid': return scaled(lathe(arc(1, 0, -90, 90)), [a, b, c]);
    case 'capsule': return lathe([...arc(a, -b, -90, 0), ...arc(a, b, 0, 90)]);
    case 'cylinder': return lathe([[0, -b, 0, -1], [a, -b, 0, -1], [a, -b, 1, 0], [a, b, 1, 0], [a, b, 0, 1], [0, b, 0, 1]]);
    case 'box': return box([a, b, c]);
    case 'field': return field(of);
    default: return flat(times(3 * of.faces, i => of.at.map(axis => axis[of.corner[i % 3][Math.floor(i / 3)]])));
  }
}

// --- camera

// Where each side is drawn, as parts of the canvas: beside each other, or below where it is high.
function panes() {
  const [a, b] = data.sides, high = canvas.clientHeight > 1.1 * canvas.clientWidth;
  if (!b) return [{box: [0, 0, 1, 1], side: a}];
  if (view.ghost) return [{box: [0, 0, 1, 1], side: b, ghost: a}];
  return high ? [{box: [0, 0, 1, .499], side: a}, {box: [0, .501, 1, .499], side: b}]
    : [{box: [0, 0, .499, 1], side: a}, {box: [.501, 0, .499, 1], side: b}];
}

// The directions of a view that looks along `front`.
function axes() {
  const a = view.azimuth * Math.PI / 180, e = view.elevation * Math.PI / 180;
  const front = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)], right = [Math.sin(a), -Math.cos(a), 0];
  return {front, right, up: cross(right, front)};
}

// What is looked at; with a ghost that strays, from farther back, so that neither is cut.
function aim(side, ghost, frame, part) {
  const next = data.episode[frame + 1] === data.episode[frame] ? frame + 1 : frame, slack = .12 * side.distance;
  const place = of => of.lookat.map(c => c[frame] + (c[next] - c[frame]) * part), own = place(side);
  const way = place(ghost || side).map((c, k) => c - own[k]).map(d => d - Math.max(-slack, Math.min(slack, d)));
  const apart = Math.hypot(...way), share = Math.max(0, Math.min(1, 3 - .85 * apart / side.distance));
  return {target: own.map((c, k) => c + share * way[k] / 2 + view.shift[k]), distance: view.distance + 1.1 * share * apart};
}

function camera(side, ghost, frame, part, aspect) {
  const {front, right, up} = axes(), {target, distance} = aim(side, ghost, frame, part);
  const eye = target.map((x, k) => x - front[k] * distance), dot = v => v.reduce((sum, x, k) => sum - x * eye[k], 0);
  const look = [right[0], up[0], -front[0], 0, right[1], up[1], -front[1], 0, right[2], up[2], -front[2], 0,
    dot(right), dot(up), -dot(front), 1];
  const near = .02 * distance, far = 60 * (distance + side.distance), f = 1 / Math.tan(.39) * Math.min(1, aspect * 1.1);
  const depth = [f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, 2 * far * near / (near - far), 0];
  return {see: times4(depth, look), eye, distance};
}

// --- drawing

const vertexShader = `#version 300 es
uniform mat4 see, model; in vec3 place, normal; out vec3 at, n;
void main() { at = (model * vec4(place, 1)).xyz; n = mat3(model) * normal; gl_Position = see * vec4(at, 1); }`;
const fragmentShader = `#version 300 es
precision highp float;
uniform vec4 color; uniform vec3 eye, sky; uniform float tile, reach; in vec3 at, n; out vec4 pixel;
void main() {
  if (tile < 0.) { pixel = color; return; }
  vec3 c = color.rgb, to = eye - at, m = normalize(n);
  if (dot(m, to) < 0.) m = -m;
  if (tile > 0.) {
    vec2 cell = at.xy / tile, wide = fwidth(cell) + 1e-6, tri = abs(fract(cell * .5) - .5) * 2.;
    vec2 side = clamp((tri - .5) / wide + .5, 0., 1.);
    c *= mix(.97, mix(1.03, .91, side.x + side.y - 2. * side.x * side.y), clamp(1.5 - max(wide.x, wide.y), 0., 1.));
  }
  vec3 sun = normalize(vec3(.3, -.4, 1.));
  float light = .56 + .14 * m.z + .38 * max(dot(m, sun), 0.) + .08 * max(dot(m, normalize(to)), 0.);
  float shine = tile > 0. ? 0. : .16 * pow(max(dot(m, normalize(sun + normalize(to))), 0.), 24.);
  pixel = vec4(mix(c * light + shine, sky, smoothstep(.5, 1., length(to) / reach)), color.a);
}`;

function program(gl) {
  const made = gl.createProgram();
  for (const [type, text] of [[gl.VERTEX_SHADER, vertexShader], [gl.FRAGMENT_SHADER, fragmentShader]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  ['place', 'normal'].forEach((name, i) => gl.bindAttribLocation(made, i, name));
  gl.linkProgram(made);
  gl.useProgram(made);
  return name => gl.getUniformLocation(made, name);
}

function upload(gl, shape) {
  const values = new Float32Array(solid(shape)), arrays = gl.createVertexArray();
  gl.bindVertexArray(arrays);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
  for (const i of [0, 1]) {
    gl.enableVertexAttribArray(i);
    gl.vertexAttribPointer(i, 3, gl.FLOAT, false, 24, 12 * i);
  }
  return {...shape, arrays, count: values.length / 6, local: matrix(shape.pos, shape.quat)};
}

function painter(canvas) {
  const gl = canvas.getContext('webgl2', {stencil: true, alpha: false});
  if (!gl) return null;
  const find = program(gl), names = ['see', 'model', 'color', 'eye', 'sky', 'tile', 'reach'];
  const at = Object.fromEntries(names.map(name => [name, find(name)]));
  for (const side of data.sides) side.looks = side.looks.map(look => look.map(shape => upload(gl, shape)));
  const dark = matchMedia('(prefers-color-scheme: dark)');

  function put(shape, model, color, tile) {
    gl.uniformMatrix4fv(at.model, false, model);
    gl.uniform4fv(at.color, color);
    gl.uniform1f(at.tile, tile);
    gl.bindVertexArray(shape.arrays);
    gl.drawArrays(gl.TRIANGLES, 0, shape.count);
  }

  // Shapes of a side with their places.
  function placed(side, frame, part) {
    const bodies = side.bodies.map((_, body) => poseOf(side, body, frame, part));
    const look = side.looks[data.episodes[data.episode[frame]].look[data.sides.indexOf(side)]];
    return look.filter(shape => bodies[shape.body]).map(shape => [shape, times4(bodies[shape.body], shape.local)]);
  }

  // What the sun lays on a level floor; a stencil keeps it from being laid twice.
  function shadows(shapes) {
    const floor = shapes.find(([shape, m]) => shape.kind === 'plane' && m[10] > .99);
    if (!floor) return;
    const z = floor[1][14] + .002 * view.distance, onto = [1, 0, 0, 0, 0, 1, 0, 0, -.3, .4, 0, 0, .3 * z, -.4 * z, z, 1];
    gl.enable(gl.STENCIL_TEST);
    gl.stencilFunc(gl.EQUAL, 0, 255);
    gl.stencilOp(gl.KEEP, gl.KEEP, gl.INCR);
    gl.depthMask(false);
    for (const [shape, m] of shapes) if (shape.robot && shape.rgba[3] > .5) put(shape, times4(onto, m), [0, 0, 0, .3], -1);
    gl.depthMask(true);
    gl.disable(gl.STENCIL_TEST);
  }

  function pane([x, y, w, h], side, ghost, frame, part) {
    const sky = dark.matches ? [.13, .16, .2] : [.83, .88, .93], {see, eye, distance} = camera(side, ghost, frame, part, w / h);
    gl.viewport(x, y, w, h);
    gl.scissor(x, y, w, h);
    gl.clearColor(...sky, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT | gl.STENCIL_BUFFER_BIT);
    gl.uniformMatrix4fv(at.see, false, see);
    gl.uniform3fv(at.eye, eye);
    gl.uniform3fv(at.sky, sky);
    gl.uniform1f(at.reach, Math.max(7 * side.distance, 3 * distance));
    const shapes = placed(side, frame, part), dim = dark.matches ? .55 : 1, tile = side.distance < 1.5 ? .1 : .5;
    const tiled = shape => shape.kind === 'plane' || shape.kind === 'field';
    const tone = shape => tiled(shape) ? [...shape.rgba.slice(0, 3).map(c => (.3 * c + .47) * dim), shape.rgba[3]] : shape.rgba;
    const paint = clear => {
      for (const [shape, m] of shapes) if (shape.rgba[3] < 1 === clear) put(shape, m, tone(shape), tiled(shape) ? tile : 0);
    };
    paint(false);
    shadows(shapes);
    if (ghost) for (const [shape, m] of placed(ghost, frame, part)) if (shape.robot) put(shape, m, [.2, .5, .95, .45], 0);
    paint(true);
  }

  return (frame, part) => {
    const dots = Math.min(devicePixelRatio || 1, 2);
    const [w, h] = [canvas.clientWidth, canvas.clientHeight].map(size => Math.round(size * dots));
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    for (const capability of [gl.DEPTH_TEST, gl.SCISSOR_TEST, gl.BLEND]) gl.enable(capability);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    gl.scissor(0, 0, w, h);
    gl.clearColor(.5, .53, .57, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const {box: [x, y, bw, bh], side, ghost} of panes())
      pane([x * w, (1 - y - bh) * h, bw * w, bh * h].map(Math.round), side, ghost, frame, part);
  };
}
