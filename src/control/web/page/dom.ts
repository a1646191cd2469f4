/**
 * Elements from words. Whatever is shown is set as text, never as markup: what peers and operators say of themselves may be anything.
 */

type Child = Node | string;

interface Looks {
  readonly class?: string;
  readonly title?: string;
  readonly click?: () => void;
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, looks: Looks, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (looks.class !== undefined) made.className = looks.class;
  if (looks.title !== undefined) made.title = looks.title;
  if (looks.click) made.addEventListener("click", looks.click);
  made.append(...children);
  return made;
}

/** The section of the page with that id, and its heading's note. */
function sectionOf(id: string): { readonly section: HTMLElement; readonly note: HTMLElement } {
  const section = document.getElementById(id);
  const heading = section?.querySelector("h2");
  if (!section || !heading) throw new Error(`the page has no section ${id}`);
  const note = element("span", { class: "note" });
  heading.append(note);
  return { section, note };
}

/** "3 min", "2 h 5 min", "4 d". */
function duration(ms: number): string {
  const sec = Math.max(0, Math.round(ms / 1000));
  if (sec < 60) return `${sec} s`;
  const min = Math.floor(sec / 60);
  if (min < 60) return `${min} min`;
  const hours = Math.floor(min / 60);
  return hours < 24 ? `${hours} h ${min % 60} min` : `${Math.floor(hours / 24)} d`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function clockTime(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
