// One prompt and its streamed reply: the two bubbles, and the times in small print under them.
// All text goes in as text nodes, so nothing that a person or a model writes is ever read as HTML.

const template = document.querySelector("#turn");

const LABELS = {
  waiting: "",
  replying: "",
  complete: "",
  interrupted: "interrupted",
  lost: "connection lost",
  refused: "not passed on",
};

export class Turn {
  constructor(prompt, number) {
    this.number = number;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.answer = this.element.querySelector(".answered");
    this.reply = this.element.querySelector(".reply");
    this.sentAt = performance.now();
    this.firstWordsAt = this.lastWordsAt = this.bargedInAt = this.endedAt = null;
    this.bargedInBy = null;
    this.element.querySelector(".prompt").textContent = prompt;
  }

  get state() {
    return this.answer.dataset.state;
  }

  get text() {
    return this.reply.textContent;
  }

  say(text) {
    this.lastWordsAt = performance.now();
    this.firstWordsAt ??= this.lastWordsAt;
    this.reply.append(text);
    if (this.state === "waiting") this.enter("replying");
    this.printTimes();
  }

  // The person sent another prompt before this reply had ended. Whether that stops it is up to the server.
  bargeIn(turn) {
    if (this.bargedInBy === null) {
      this.bargedInAt = performance.now();
      this.bargedInBy = turn;
    }
    this.printTimes();
  }

  // The server did not pass this prompt on, so it has interrupted nothing, and no reply will come.
  refuse(seconds) {
    this.enter("refused");
    const wait = Math.max(1, Math.ceil(seconds));
    this.answer.querySelector(".complete").textContent = `too much was said in a minute: ask again in ${wait} s`;
  }

  spare(turn) {
    if (this.bargedInBy !== turn) return;
    this.bargedInAt = this.bargedInBy = null;
    this.printTimes();
  }

  markInterrupted() {
    this.enter("interrupted");
  }

  end() {
    this.endedAt = performance.now();
    this.enter(this.state === "interrupted" ? "interrupted" : "complete");
  }

  lose() {
    this.enter("lost");
  }

  enter(state) {
    this.answer.dataset.state = state;
    this.answer.querySelector(".label").textContent = LABELS[state];
    this.printTimes();
  }

  printTimes() {
    const print = (place, words) => (this.answer.querySelector(place).textContent = words);
    print(".first-words", this.firstWordsAt === null ? "" : `first words after ${duration(this.firstWordsAt - this.sentAt)}`);
    print(".complete", this.state === "complete" ? `complete after ${duration(this.endedAt - this.sentAt)}` : "");
    print(".talked-on", this.talkedOn());
  }

  talkedOn() {
    if (this.bargedInAt === null) return "";
    const spent = this.lastWordsAt - this.bargedInAt;
    if (spent > 0) return `talked on for ${duration(spent)} after you interrupted`;
    return this.state === "interrupted" ? "fell silent at once" : "";
  }
}

function duration(milliseconds) {
  return milliseconds < 999.5 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
