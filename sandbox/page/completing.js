// A field that completes itself: what the bot offers for what was typed, chosen with mouse or keyboard.
import { html, useEffect, useRef, useState } from "./libraries/view.js";
import { useWords } from "./words.js";

const PAUSE_MS = 150; // between the last key and the question; the bot has three seconds, people less patience

export function Completing({ id, name, value, onValue, ask, required }) {
  const words = useWords();
  const [choices, setChoices] = useState(null); // null while the list is closed
  const [marked, setMarked] = useState(-1);
  const asked = useRef(0);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const close = () => { asked.current += 1; clearTimeout(timer.current); setChoices(null); setMarked(-1); };
  const look = async (typed) => {
    const number = ++asked.current;
    const answered = await ask(typed);
    if (answered && number === asked.current) { setChoices(answered.choices); setMarked(-1); }
  };
  const typed = (event) => {
    onValue({ name: event.target.value, value: event.target.value });
    clearTimeout(timer.current);
    const { value: text } = event.target;
    timer.current = setTimeout(() => look(text), PAUSE_MS);
  };
  const pick = (choice) => { close(); onValue({ name: choice.name, value: choice.value }); };
  const key = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && choices) { event.stopPropagation(); event.preventDefault(); close(); }
    else if (step) {
      event.preventDefault();
      if (!choices) look(value.name);
      else if (choices.length) setMarked((marked + step + choices.length + (marked < 0 && step < 0 ? 1 : 0)) % choices.length);
    } else if (event.key === "Enter" && choices && marked >= 0) { event.preventDefault(); pick(choices[marked]); }
  };
  const list = `${id}-offers`;
  return html`<div class="completing">
    <input id=${id} name=${name} required=${required} value=${value.name} role="combobox" aria-autocomplete="list" aria-controls=${list} aria-expanded=${Boolean(choices)} aria-activedescendant=${marked >= 0 ? `${list}-${marked}` : undefined}
      onFocus=${() => look(value.name)} onBlur=${close} onInput=${typed} onKeyDown=${key} />
    ${choices && html`<ul id=${list} class="offers" role="listbox" aria-label=${words.say("composer.offers", { name })}>
      ${choices.map((it, place) => html`<li key=${it.value} id=${`${list}-${place}`} role="option" aria-selected=${place === marked} onMouseDown=${(event) => { event.preventDefault(); pick(it); }}>${it.name}</li>`)}
      ${!choices.length && html`<li class="quiet" role="option" aria-disabled="true">${words.say("composer.nothing_fits")}</li>`}
    </ul>`}
  </div>`;
}
