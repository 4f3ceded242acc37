// The line at the foot of a channel: messages, replies and edits; files and voice messages; "/" begins a command.
import { html, useLayoutEffect, useRef, useState } from "./libraries/view.js";
import { CommandLine, fitting } from "./commands.js";
import { Chosen, useFiles } from "./files.js";
import { Wrong, useWords } from "./words.js";

const ROWS_MAX = 12;
const TYPING_EVERY_MS = 8000; // so often Discord's clients say that somebody still types
const OFFERS_MAX = 8;

export function Composer({ shown, about, onAbout, complaint }) {
  const words = useWords();
  const { seen, here, person, act, complain } = shown;
  const kept = `draft ${person} ${here.id}`;
  const [text, keepText] = useState(sessionStorage.getItem(kept) ?? "");
  const [command, setCommand] = useState(null);
  const [marked, setMarked] = useState(0);
  const line = useRef(null);
  const told = useRef(0);
  const files = useFiles(complain, (voice) => say("", [voice]));

  const setText = (now) => { sessionStorage.setItem(kept, now); keepText(now); };
  useLayoutEffect(() => {
    if (about?.editing) setText(about.editing.content);
    if (about) line.current?.focus();
  }, [about]);
  useLayoutEffect(() => { if (line.current) line.current.rows = Math.min(ROWS_MAX, text.split("\n").length); }, [text]);

  const leave = () => { onAbout(null); setCommand(null); setText(""); setMarked(0); complain(null); requestAnimationFrame(() => line.current?.focus()); };
  // The line is free for the next message at once. What is refused comes back, unless something else stands there by then.
  const free = async (deed) => {
    leave();
    const done = await act(deed);
    if (!done && !line.current?.value) { setText(text); onAbout(about); }
    return done;
  };
  const say = (what, sent) => free({ do: "say", channel: here.id, text: what, reply_to: about?.replyTo?.id ?? null, files: sent });
  const submit = async () => {
    const offered = offers[Math.min(marked, offers.length - 1)];
    if (offered) return take(offered);
    if (!command && text.startsWith("/") && !about) return complain({ key: "composer.no_command", values: { name: text } });
    if (about?.editing) return free({ do: "edit", message: about.editing.id, text: mentioned(text, seen) });
    if (!text.trim() && !files.chosen.length) return null;
    return (await say(mentioned(text, seen), await files.encoded())) && files.forget();
  };

  const offers = about?.editing ? [] : offersFor(text, line.current?.selectionStart ?? text.length, seen, words);
  const take = (offer) => {
    setMarked(0);
    if (offer.command) { complain(null); setText(""); setCommand(offer.command); } else setText(offer.text);
    line.current?.focus();
  };
  const key = (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") leave();
    else if (step && offers.length) { event.preventDefault(); setMarked((marked + step + offers.length) % offers.length); }
    else if (event.key === "Tab" && offers.length && !event.shiftKey) { event.preventDefault(); take(offers[marked]); }
    else if (event.key === "ArrowUp" && !text) {
      const own = seen.items.filter((it) => it.mine && !it.ephemeral).at(-1);
      if (own) { event.preventDefault(); onAbout({ editing: own }); }
    } else if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); submit(); }
  };
  const typed = (event) => {
    setText(event.target.value);
    setMarked(0);
    if (Date.now() - told.current > TYPING_EVERY_MS && event.target.value) { told.current = Date.now(); act({ do: "type", channel: here.id }); }
  };

  const of = about?.replyTo ? words.say("composer.replying", { name: about.replyTo.author }) : about?.editing ? words.say("composer.editing") : "";
  const list = `offers-${shown.place}`;
  return html`<div class="composer" onDragOver=${(event) => event.preventDefault()} onDrop=${(event) => { event.preventDefault(); files.choose(event.dataTransfer.files); }}>
    ${offers.length > 0 && !command && html`<ul id=${list} class="offers" role="listbox" aria-label=${words.say(offers[0].command ? "composer.commands" : "composer.people")}>
      ${offers.map((it, place) => html`<li key=${it.label} id=${`${list}-${place}`} role="option" aria-selected=${place === marked} onMouseDown=${(event) => { event.preventDefault(); take(it); }}><strong>${it.label}</strong> <span class="quiet">${it.about}</span></li>`)}</ul>`}
    ${of && html`<p class="context"><span>${of}</span><button type="button" class="link" onClick=${leave}>${words.say("cancel")}</button></p>`}
    <${Chosen} files=${files} />
    ${command
      ? html`<${CommandLine} command=${command} shown=${shown} onLeave=${leave} />`
      : html`<form class="line" onSubmit=${(event) => { event.preventDefault(); submit(); }}>
        <button type="button" aria-label=${words.say("files.attach")} title=${words.say("files.attach")} onClick=${files.pick}>＋</button>
        <textarea ref=${line} class="message-text" rows="1" aria-label=${words.say("composer.message_in", { channel: here.name })} aria-autocomplete="list" aria-controls=${offers.length ? list : undefined}
          aria-activedescendant=${offers.length ? `${list}-${marked}` : undefined} placeholder=${words.say(files.isRecording ? "voice.recording" : "composer.write")} value=${text} onInput=${typed} onKeyDown=${key} onPaste=${files.paste}></textarea>
        <button type="button" aria-label=${words.say(files.isRecording ? "voice.stop" : "voice.record")} title=${words.say(files.isRecording ? "voice.stop" : "voice.record")} aria-pressed=${files.isRecording} onClick=${files.record}>🎤</button>
        <button class="primary">${words.say("composer.send")}</button>
      </form>`}
    <${Wrong} about=${complaint} />
  </div>`;
}

// Commands where a line begins with "/", people where the word before the caret begins with "@".
function offersFor(text, caret, seen, words) {
  if (text.startsWith("/")) return fitting(seen, text).map((it) => ({ label: `/${it.name}`, about: it.description, command: it }));
  const [, before, begun] = /^([\s\S]*?)@([^\s@]*)$/.exec(text.slice(0, caret)) ?? [];
  if (begun === undefined || (before && !/\s$/.test(before))) return [];
  return seen.mentionable.filter((it) => it.name.toLowerCase().startsWith(begun.toLowerCase())).slice(0, OFFERS_MAX)
    .map((it) => ({ label: `@${it.name}`, about: it.bot ? words.say("composer.bot") : "", text: `${before}@${it.name} ${text.slice(caret)}` }));
}

// What is written as "@Name" is sent as Discord's clients send it.
function mentioned(text, seen) {
  const longestFirst = [...seen.mentionable].sort((one, two) => two.name.length - one.name.length);
  return longestFirst.reduce((sent, it) => sent.replaceAll(`@${it.name}`, `<@${it.id}>`), text);
}
