/**
 * Sessions as a picture: reflectors in the middle, everybody else around them.
 *
 *   we reflect               we in the middle, other reflectors close by, clients around
 *   we have reflectors       they in the middle, we on the ring, with those whom they tell us of
 *   neither                  we in the middle of our mesh
 *
 * Who reflects for us is read off the routes: a path with a CLUSTER_LIST came through one (RFC 4456 §8).
 */

interface Dot {
  readonly name: string;
  readonly says: string;
  readonly tint: "up" | "start" | "down" | "accent" | "quiet";
  readonly peer: PeerRow | undefined;
  x: number;
  y: number;
}

interface Line {
  readonly from: Dot;
  readonly to: Dot;
  readonly tint: "up" | "start" | "down" | "quiet";
}

/** Who stands behind which reflector: names of reflectors, and the next hops that they told us of. */
type Behind = ReadonlyMap<string, ReadonlySet<string>>;

const MAP_PX = 420; // height
const RING_GAP_PX = 16;
const PULSE_MS = 1500;
const MAX_BEHIND = 2000;
const NAME_PX = 110; // room for a name beside the outermost
const MAX_NAMED = 40; // beyond, names lie upon one another

class SessionGraph {
  readonly #canvas = element("canvas", {});
  readonly #tip = element("div", { class: "tip" });
  readonly #note: HTMLElement;
  #dots: readonly Dot[] = [];
  #lines: readonly Line[] = [];
  #states = new Map<string, string>();
  #pulses = new Map<string, number>();
  #chosen = "";

  constructor(choose: (peer: PeerRow) => void) {
    const { section, note } = sectionOf("map");
    this.#note = note;
    this.#canvas.style.height = `${MAP_PX}px`;
    this.#tip.hidden = true;
    section.append(this.#canvas);
    document.body.append(this.#tip);
    this.#canvas.addEventListener("mousemove", (event) => this.#point(event));
    this.#canvas.addEventListener("mouseleave", () => void (this.#tip.hidden = true));
    this.#canvas.addEventListener("click", (event) => {
      const peer = this.#nearest(event)?.peer;
      if (peer) choose(peer);
    });
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
  }

  show(self: string, peers: readonly PeerRow[], behind: Behind): void {
    const now = performance.now();
    for (const { name, state } of peers) {
      if ((this.#states.get(name) ?? state) !== state) this.#pulses.set(name, now);
      this.#states.set(name, state);
    }
    this.#place(self, peers, behind);
    this.#draw();
  }

  mark(name: string): void {
    this.#chosen = name;
    this.#draw();
  }

  #place(self: string, peers: readonly PeerRow[], behind: Behind): void {
    const us: Dot = { name: self, says: `${self}\nthis speaker`, tint: "accent", peer: undefined, x: 0, y: 0 };
    const dots = peers.map((peer): Dot => ({ name: peer.name, says: `${peer.name}\n${peer.address}, AS ${peer.asn}\n${peer.state} for ${duration(Date.now() - Date.parse(peer.since))}`, tint: tintOf(peer), peer, x: 0, y: 0 }));
    const reflectors = dots.filter(({ name }) => behind.has(name));
    const others = dots.filter(({ name }) => !behind.has(name));
    const known = new Set([self, ...peers.map(({ address }) => address)]);
    const far = [...new Set([...behind.values()].flatMap((hosts) => [...hosts]))].filter((host) => !known.has(host)).slice(0, MAX_BEHIND);
    const farDots = new Map(far.map((host) => [host, { name: host, says: `${host}\nheard of through a reflector`, tint: "quiet", peer: undefined, x: 0, y: 0 } satisfies Dot as Dot]));
    const middle = reflectors.length > 0 ? reflectors : [us];
    const around = reflectors.length > 0 ? [us, ...others, ...farDots.values()] : others;
    arrange(middle, around, this.#canvas.clientWidth);
    this.#dots = [...dots, ...farDots.values(), us];
    const sessions = dots.map((dot): Line => ({ from: us, to: dot, tint: dot.tint as Line["tint"] }));
    const tellings = reflectors.flatMap((reflector) => [...(behind.get(reflector.name) ?? [])].flatMap((host): readonly Line[] => {
      const dot = farDots.get(host);
      return dot ? [{ from: reflector, to: dot, tint: "quiet" }] : [];
    }));
    this.#lines = [...tellings, ...sessions];
    this.#note.textContent = `${counted(peers.length, "session")}${reflectors.length > 0 ? `; ${counted(reflectors.length, "reflector")} and ${counted(far.length, "host")} behind` : ""}`;
  }

  #draw(): void {
    const { clientWidth: width } = this.#canvas;
    const scale = window.devicePixelRatio;
    this.#canvas.width = width * scale;
    this.#canvas.height = MAP_PX * scale;
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    context.setTransform(scale, 0, 0, scale, (width / 2) * scale, (MAP_PX / 2) * scale);
    for (const line of this.#lines) this.#drawLine(context, line);
    const now = performance.now();
    for (const dot of this.#dots) this.#drawDot(context, dot, now);
    for (const [name, at] of this.#pulses) if (now - at > PULSE_MS) this.#pulses.delete(name);
    if (this.#pulses.size > 0) requestAnimationFrame(() => this.#draw());
  }

  #drawLine(context: CanvasRenderingContext2D, { from, to, tint }: Line): void {
    context.strokeStyle = colourOf(tint);
    context.globalAlpha = tint === "quiet" ? 0.15 : this.#lines.length > 500 ? 0.25 : 0.6;
    context.setLineDash(tint === "start" || tint === "down" ? [4, 4] : []);
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash([]);
  }

  #drawDot(context: CanvasRenderingContext2D, dot: Dot, now: number): void {
    const radius = this.#radius(dot);
    const since = now - (this.#pulses.get(dot.name) ?? -Infinity);
    context.fillStyle = context.strokeStyle = colourOf(dot.tint);
    circle(context, dot, radius, "filled");
    if (since < PULSE_MS) circle(context, dot, radius + (since / PULSE_MS) * 18, "outlined");
    if (dot.name === this.#chosen) circle(context, dot, radius + 4, "outlined");
    if (this.#dots.length <= MAX_NAMED || dot.tint === "accent") drawName(context, dot, radius);
  }

  #radius({ tint }: Dot): number {
    const size = this.#dots.length > 400 ? 2.5 : this.#dots.length > 60 ? 4 : 7;
    return tint === "accent" ? size + 4 : tint === "quiet" ? size * 0.6 : size;
  }

  #point(event: MouseEvent): void {
    const dot = this.#nearest(event);
    this.#tip.hidden = dot === undefined;
    if (!dot) return;
    this.#tip.textContent = dot.says;
    this.#tip.style.left = `${event.clientX + 14}px`;
    this.#tip.style.top = `${event.clientY + 10}px`;
  }

  #nearest(event: MouseEvent): Dot | undefined {
    const box = this.#canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - box.width / 2, event.clientY - box.top - MAP_PX / 2];
    const reach = 12;
    const distance = (dot: Dot): number => Math.hypot(dot.x - x, dot.y - y);
    const near = this.#dots.filter((dot) => distance(dot) < reach);
    return near.sort((a, b) => distance(a) - distance(b))[0];
  }
}

/** The middle in a small circle, the others on as many rings as they need. */
function arrange(middle: readonly Dot[], around: readonly Dot[], widthPx: number): void {
  const core = middle.length === 1 ? 0 : 26;
  onCircle(middle, core);
  const outermost = Math.max(60, Math.min(MAP_PX / 2 - 30, widthPx / 2 - (around.length > MAX_NAMED ? 12 : NAME_PX)));
  const gap = around.length > 400 ? RING_GAP_PX / 2 : RING_GAP_PX;
  let radius = outermost;
  for (let at = 0; at < around.length; radius = Math.max(core + 40, radius - gap)) {
    const left = around.length - at;
    const room = Math.max(1, Math.floor((2 * Math.PI * radius) / gap));
    const isLast = radius - gap < core + 40;
    const count = isLast ? left : Math.min(left, room);
    onCircle(around.slice(at, at + count), radius);
    at += count;
  }
}

function onCircle(dots: readonly Dot[], radius: number): void {
  dots.forEach((dot, at) => {
    const angle = (2 * Math.PI * at) / dots.length - Math.PI / 2;
    dot.x = radius * Math.cos(angle);
    dot.y = radius * Math.sin(angle);
  });
}

/** Away from the middle, so that no line crosses it; the name of the middle below. */
function drawName(context: CanvasRenderingContext2D, { name, x, y }: Dot, radius: number): void {
  const away = Math.hypot(x, y);
  const [towardsX, towardsY] = away < 1 ? [0, 1] : [x / away, y / away];
  context.fillStyle = colourOf("quiet");
  context.font = "11px system-ui, sans-serif";
  context.textAlign = Math.abs(towardsX) < 0.3 ? "center" : towardsX > 0 ? "left" : "right";
  context.textBaseline = "middle";
  context.fillText(name, x + towardsX * (radius + 5), y + towardsY * (radius + 11));
}

function circle(context: CanvasRenderingContext2D, { x, y }: Dot, radius: number, how: "filled" | "outlined"): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (how === "filled") context.fill();
  else context.stroke();
}
