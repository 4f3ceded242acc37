// The whole page: one or two people beside each other, and what happens behind them. Who looks where stands in the address.
import { html, render, useEffect, useState } from "./libraries/view.js";
import { Behind } from "./behind.js";
import { Pane } from "./pane.js";
import { Theme } from "./theme.js";
import { Words, languageOf, preferred } from "./words.js";

const FIRST = { person: "Alice", channel: "" };

// "#Alice@123&Bob@456": the people who are shown, and the channel that each looks at.
function fromAddress() {
  const panes = decodeURIComponent(location.hash.slice(1)).split("&").filter(Boolean).slice(0, 2)
    .map((part) => part.split("@")).map(([person, channel]) => ({ person, channel: channel || "" }));
  return panes.length ? panes : [FIRST];
}

const toAddress = (panes) => `#${panes.map((it) => `${encodeURIComponent(it.person)}@${it.channel}`).join("&")}`;

function Page() {
  const [panes, setPanes] = useState(fromAddress);
  const [isBehindOpen, setBehindOpen] = useState(false);
  const [locale, setLocale] = useState(preferred); // of the person at the left, who is the page's own reader
  const words = languageOf(locale);

  useEffect(() => {
    const address = toAddress(panes);
    if (address !== location.hash) history.pushState(null, "", address);
  }, [panes]);
  useEffect(() => {
    const back = () => setPanes(fromAddress());
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  useEffect(() => {
    document.documentElement.lang = words.locale;
    document.title = words.say("page.title");
  }, [words]);

  const change = (place, what) => setPanes((now) => now.map((it, index) => (index === place ? { ...it, ...what } : it)));
  const split = (people) => setPanes((now) => [...now, { person: people.find((name) => name !== now[0].person) ?? now[0].person, channel: now[0].channel }]);

  const skip = () => document.querySelector(".message-text, .forum button")?.focus();
  return html`<${Words.Provider} value=${words}>
    <button type="button" class="skip" onClick=${skip}>${words.say("bar.skip")}</button>
    <header class="bar">
      <strong class="title">Causerie <span class="quiet">${words.say("bar.sandbox")}</span></strong>
      <span class="quiet wide">${words.say("bar.about")}</span>
      <span class="end">
        <button type="button" aria-pressed=${panes.length === 2}
          onClick=${() => (panes.length === 2 ? setPanes(panes.slice(0, 1)) : split(Page.people))}>${words.say("bar.two")}</button>
        <button type="button" aria-expanded=${isBehindOpen} aria-controls=${isBehindOpen ? "behind" : undefined} onClick=${() => setBehindOpen(!isBehindOpen)}>${words.say("bar.behind")}</button>
        <${Theme} />
      </span>
    </header>
    <main class="panes">
      ${panes.map((pane, place) => html`
        <${Pane} key=${place} place=${place} person=${pane.person} channel=${pane.channel} of=${panes.length}
          onSeen=${({ people, me }) => { Page.people = people; if (place === 0) setLocale(me.locale); }}
          onPerson=${(person) => change(place, { person, channel: "" })}
          onChannel=${(channel) => change(place, { channel })} />`)}
    </main>
    ${isBehindOpen && html`<${Behind} onClose=${() => setBehindOpen(false)} />`}
  <//>`;
}
Page.people = ["Alice", "Bob"];

render(html`<${Page} />`, document.getElementById("page"));
