// One person's Discord: their places at the left, one channel with its messages, and the line in which they write.
import { html, useEffect, useMemo, useState } from "./libraries/view.js";
import { Composer } from "./composer.js";
import { WhatNext } from "./first_steps.js";
import { Form } from "./form.js";
import { Forum } from "./forum.js";
import { useDeeds, useLive } from "./live.js";
import { Messages } from "./messages.js";
import { Places } from "./places.js";
import { Words, languageOf, useWords } from "./words.js";

export function Pane({ place, person, channel, of, onSeen, onPerson, onChannel }) {
  const [seen, isReachable] = useLive("live", { person, channel }, () => (channel ? onChannel("") : onPerson("Alice"))); // Alice is always there
  const [complaint, complain] = useState(null);
  const [about, setAbout] = useState(null); // the message that is replied to or edited: { replyTo } or { editing }
  const [arePlacesOpen, setPlacesOpen] = useState(false);
  const act = useDeeds(person, complain);
  const page = useWords();
  useEffect(() => { setAbout(null); complain(null); }, [person, channel]);
  useEffect(() => { if (seen) onSeen(seen); }, [seen?.people.length, seen?.me.locale]);
  const here = useMemo(() => seen?.channels.find((it) => it.id === seen.channel), [seen]);
  if (!seen || seen.me.name !== person || !here) return html`<section class="pane"><p class="notice" role="status">${page.say(isReachable ? "pane.opening" : "pane.unreachable")}</p></section>`;

  const words = languageOf(seen.me.locale);
  const go = (id) => { setPlacesOpen(false); onChannel(id); };
  const shown = { person, place, seen, here, act, complain, go };
  const notices = [...seen.notices.map((it) => words.say(it.key, it.values)), ...(isReachable ? [] : [words.say("pane.unreachable")])];
  return html`<${Words.Provider} value=${words}>
    <section class=${`pane ${arePlacesOpen ? "places-open" : ""}`} lang=${words.locale} aria-label=${words.say("pane.sees", { person })} data-person=${person}>
      <${Places} shown=${shown} onPerson=${onPerson} />
      <div class="channel" onClickCapture=${(event) => { if (arePlacesOpen && !event.target.closest(".places-button")) { event.stopPropagation(); event.preventDefault(); setPlacesOpen(false); } }}>
        <header class="channel-head">
          <button type="button" class="places-button" aria-label=${words.say("pane.places")} aria-expanded=${arePlacesOpen} onClick=${() => setPlacesOpen(!arePlacesOpen)}>☰</button>
          <h1><span class="sign" aria-hidden="true">${sign(here)}</span>${here.name}</h1>
          ${of === 2 && html`<span class="quiet">${words.say("pane.as", { person })}</span>`}
        </header>
        ${notices.length > 0 && html`<p class="notice" role="status">${notices.join(" ")}</p>`}
        ${here.kind === "forum"
          ? html`<${Forum} shown=${shown} /><${WhatNext} shown=${shown} />`
          : html`
            <${Messages} key=${here.id} shown=${shown} onAbout=${setAbout} />
            <${Composer} key=${`${person} ${here.id}`} shown=${shown} about=${about} onAbout=${setAbout} complaint=${complaint} />`}
        <${Form} shown=${shown} />
      </div>
    </section>
  <//>`;
}

export function sign(channel) {
  return { direct: "@", forum: "💬", post: "💬", thread: "🧵" }[channel.kind] ?? (channel.is_private ? "🔒" : "#");
}
