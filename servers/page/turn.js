// One prompt and its streamed reply: the two bubbles, and the times in small print under them.
// All text goes in as text nodes, so nothing that a person or a model writes is ever read as HTML.

const template = document.querySelector("#turn");

const LABELS = {
  waiting: "",
  replying: "",
  complete: "",
  interrupted: "interrupted",
  lost: "connection lost",
};

export class Turn {
  constructor(prompt) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.answer = this.element.querySelector(".answered");
    this.reply = this.element.querySelector(".reply");
    this.sentAt = performance.now();
    this.firstWordsAt = this.lastWordsAt = this.bargedInAt = this.endedAt = null;
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
  bargeIn() {
    this.bargedInAt ??= performance.now();
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
    this.answer.querySelector(".times").textContent = this.times().join(" · ");
  }

  times() {
    const times = [];
    if (this.firstWordsAt !== null) times.push(`first words after ${duration(this.firstWordsAt - this.sentAt)}`);
    if (this.bargedInAt !== null) {
      const talkedOn = (this.lastWordsAt ?? 0) - this.bargedInAt;
      if (talkedOn > 0) times.push(`talked on for ${duration(talkedOn)} after you interrupted`);
      else if (this.endedAt !== null || this.state === "interrupted") times.push("not a word more after you interrupted");
    } else if (this.state === "complete") {
      times.push(`complete after ${duration(this.endedAt - this.sentAt)}`);
    }
    return times;
  }
}

function duration(milliseconds) {
  return milliseconds < 999.5 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
