"use strict";
const sheet = document.body.dataset.sheet;
const place = "melody-engine votes " + sheet;
const pairs = [...document.querySelectorAll(".pair")];
const listener = document.getElementById("listener");

const chosen = (pair) => pair.querySelector("input:checked");
const comment = (pair) => pair.querySelector("textarea");

function collect() {
  const votes = pairs.filter(chosen).map((pair) => ({
    pair: Number(pair.dataset.pair), vote: chosen(pair).value, comment: comment(pair).value,
  }));
  return { sheet, listener: listener.value, votes };
}

function show() {
  for (const pair of pairs) pair.classList.toggle("voted", Boolean(chosen(pair)));
  document.getElementById("done").textContent = `${pairs.filter(chosen).length} of ${pairs.length} voted`;
}

function keep() {
  const comments = Object.fromEntries(pairs.map((pair) => [pair.dataset.pair, comment(pair).value]));
  try {
    localStorage.setItem(place, JSON.stringify({ ...collect(), comments }));
  } catch { /* a private window keeps nothing; the download still works */ }
  show();
}

function recall() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(place));
  } catch { /* nothing kept, or not ours */ }
  if (kept) {
    listener.value = kept.listener;
    for (const pair of pairs) {
      comment(pair).value = kept.comments[pair.dataset.pair] ?? "";
      const vote = kept.votes.find((each) => each.pair === Number(pair.dataset.pair));
      for (const box of pair.querySelectorAll("input")) box.checked = vote !== undefined && box.value === vote.vote;
    }
  }
  show();
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(collect(), null, 1)], { type: "application/json" }));
  link.download = "votes.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function clear() {
  if (!confirm("Forget all votes of this sheet?")) return;
  for (const pair of pairs) {
    comment(pair).value = "";
    for (const box of pair.querySelectorAll("input")) box.checked = false;
  }
  keep();
}

document.addEventListener("input", keep);
document.getElementById("download").addEventListener("click", download);
document.getElementById("clear").addEventListener("click", clear);
document.addEventListener("play", (event) => {
  for (const sound of document.querySelectorAll("audio")) if (sound !== event.target) sound.pause();
}, true);
recall();
