// What the page itself says, in the language of the person who looks. A language is one file in languages/.
import { createContext, html, useContext } from "./libraries/view.js";

export const FIRST = "en-US";
const UNITS = [["megabyte", 1_000_000], ["kilobyte", 1000], ["byte", 1]];
const MOMENTS = { t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" }, f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" } };
const SPANS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

const catalogues = await (await fetch("languages.json")).json();
export const languages = Object.entries(catalogues).map(([locale, said]) => [locale, said.language]);

// The sentences of one language, with how it writes dates, sizes, numbers and lists.
class Language {
  constructor(locale) {
    this.locale = locale;
    this.plural = new Intl.PluralRules(locale);
  }

  // The sentence with its values filled in; a key that is missing is a mistake of ours.
  say(key, values = {}) {
    return this.parts(key, values).join("");
  }

  // The same where values may be elements.
  parts(key, values = {}) {
    const sentence = catalogues[this.locale][key];
    if (sentence === undefined) throw new Error(`${this.locale} has no sentence ${key}`);
    return sentence.split(/\{(\w+)\}/).map((piece, place) => (place % 2 ? values[piece] : piece));
  }

  has(key) {
    return key in catalogues[this.locale];
  }

  // A sentence about so many things, which the values call `count`.
  count(key, count, values = {}) {
    const form = `${key}.${this.plural.select(count)}`;
    return this.say(this.has(form) ? form : `${key}.other`, { count: this.number(count), ...values });
  }

  number(value) { return new Intl.NumberFormat(this.locale).format(value); }

  list(names) { return new Intl.ListFormat(this.locale, { type: "conjunction" }).format(names); }

  time(at) { return new Date(at).toLocaleTimeString(this.locale, MOMENTS.t); }

  day(at) { return new Date(at).toLocaleDateString(this.locale, MOMENTS.D); }

  // A moment in one of the styles of Discord's timestamps (Reference, "Message Formatting").
  moment(at, style) {
    return style === "R" ? this.#relative((at - Date.now()) / 1000) : at.toLocaleString(this.locale, MOMENTS[style] ?? MOMENTS.f);
  }

  size(bytes) {
    const [unit, one] = UNITS.find(([, least]) => bytes >= least) ?? UNITS.at(-1);
    const how = { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: 1 };
    return new Intl.NumberFormat(this.locale, how).format(bytes / one);
  }

  #relative(seconds) {
    const [unit, length] = SPANS.find(([, least]) => Math.abs(seconds) >= least) ?? SPANS.at(-1);
    return new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(Math.round(seconds / length), unit);
  }
}

const made = Object.fromEntries(languages.map(([locale]) => [locale, new Language(locale)]));
export const languageOf = (locale) => made[locale] ?? made[FIRST];

export const Words = createContext(made[FIRST]);
export const useWords = () => useContext(Words);

// The first of the browser's languages that is one of ours, told by language and script: zh-SG is zh-CN, and zh-TW is not.
export function preferred(tags = navigator.languages) {
  const written = (tag) => { const { language, script } = new Intl.Locale(tag).maximize(); return `${language}-${script}`; };
  const fitting = tags.map((tag) => languages.find(([locale]) => written(locale) === written(tag))).find(Boolean);
  return fitting?.[0] ?? FIRST;
}

// What went wrong, as a sentence: `about` is { key, values }, or null.
export function Wrong({ about }) {
  const words = useWords();
  return about && html`<p class="wrong" role="alert">${words.say(about.key, about.values)}</p>`;
}
