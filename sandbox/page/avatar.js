// A round picture with somebody's first letter, in a colour of their own.
import { html } from "./libraries/view.js";

const COLOURS = 6;

export function Avatar({ name, isBot = false, isSmall = false }) {
  const sum = [...name].reduce((before, letter) => before + letter.codePointAt(0), 0);
  const kind = isBot ? "bot" : `colour-${sum % COLOURS}`;
  return html`<span class=${`avatar ${kind} ${isSmall ? "small-avatar" : ""}`} aria-hidden="true">${isBot ? "🗨️" : [...name][0]}</span>`;
}
