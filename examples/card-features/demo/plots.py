"""The pictures of the report, as SVG text."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import matplotlib as mpl

from demo.deployment import Record
from demo.slot_check import SlotOutcome

mpl.use("svg")
import matplotlib.pyplot as plt

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "demo", "font.size": 9, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "axes.axisbelow": True,
    "figure.facecolor": "none", "axes.facecolor": "none", "legend.frameon": False,
}  # fmt: skip
CARDS, MERCHANTS = "card_features", "merchant_features"
#: More payments in an hour than this are not a person's.
MOST_PAYMENTS = 20
COLORS = ("#3b7dd8", "#f0a202", "#c8553d", "#5b8c5a", "#8e6c8a", "#4a6670")


def plots(outcomes: Sequence[SlotOutcome]) -> list[tuple[str, str]]:
    """Return caption and SVG of every picture."""
    card, merchant = telling_card(outcomes), telling_merchant(outcomes)
    with mpl.rc_context(STYLE):
        return [
            (f"Features of {card}, as a reader finds them online after each slot", _card(outcomes, card)),
            (f"Features of {merchant}, where stolen card numbers are tried out", _merchant(outcomes, merchant)),
            ("Cards with a payment in the last hour, and records published for cards", _activity(outcomes)),
            ("What became of the lines of each slot (logarithmic)", _lines(outcomes)),
            ("Seconds of each step of a slot run; gold and publish run side by side", _durations(outcomes)),
        ]


def telling_card(outcomes: Sequence[SlotOutcome]) -> str:
    """Return a card that pays often, though not like a till, and falls silent before the end: it shows decay best."""
    last = outcomes[-1].online[CARDS]
    peaks = {
        card: max(int(o.online[CARDS].get(card, {}).get("txn_count_1h", "0")) for o in outcomes)
        for card, record in last.items()
        if record.get("txn_count_1h") == "0"
    }
    ordinary = {card: peak for card, peak in peaks.items() if peak <= MOST_PAYMENTS} or peaks
    return max(sorted(ordinary), key=lambda card: ordinary[card]) if ordinary else min(last)


def telling_merchant(outcomes: Sequence[SlotOutcome]) -> str:
    """Return the merchant at which the most cards were tried out."""
    peaks: dict[str, int] = {}
    for outcome in outcomes:
        for merchant, record in outcome.online[MERCHANTS].items():
            peaks[merchant] = max(peaks.get(merchant, 0), int(record.get("probing_card_count_15m", "0")))
    return max(sorted(peaks), key=lambda merchant: peaks[merchant])


def _card(outcomes: Sequence[SlotOutcome], card: str) -> str:
    features = ("txn_count_1h", "txn_amount_1h", "merchant_count_24h", "avg_amount_7d")
    return _features(outcomes, [outcome.online[CARDS].get(card, {}) for outcome in outcomes], features)


def _merchant(outcomes: Sequence[SlotOutcome], merchant: str) -> str:
    features = ("probing_card_count_15m", "payment_count_change", "online_share_1h", "amount_zscore_1h")
    return _features(outcomes, [outcome.online[MERCHANTS].get(merchant, {}) for outcome in outcomes], features)


def _features(outcomes: Sequence[SlotOutcome], records: Sequence[Record], features: Sequence[str]) -> str:
    figure, axes = plt.subplots(2, 2, figsize=(9, 4.2), sharex=True)
    for axis, feature, color in zip(axes.flat, features, COLORS):
        values = [_number(record.get(feature)) for record in records]
        axis.step(_labels(outcomes), values, where="post", color=color, marker="o", markersize=3)
        axis.set_title(feature, loc="left", fontsize=9)
        axis.set_ylim(bottom=min(0, axis.get_ylim()[0]))
        axis.set_xticks(_labels(outcomes)[::2])
    return _svg(figure)


def _activity(outcomes: Sequence[SlotOutcome]) -> str:
    figure, axis = plt.subplots(figsize=(9, 2.6))
    active = [sum(r.get("txn_count_1h", "0") != "0" for r in outcome.online[CARDS].values()) for outcome in outcomes]
    published = [_published(outcome, CARDS) for outcome in outcomes]
    axis.bar(_labels(outcomes), published, color="#c9d6ea", label="published")
    axis.plot(_labels(outcomes), active, color=COLORS[0], marker="o", markersize=3, label="active cards")
    axis.legend()
    return _svg(figure)


def _lines(outcomes: Sequence[SlotOutcome]) -> str:
    figure, axis = plt.subplots(figsize=(9, 2.8))
    floor = [0] * len(outcomes)
    for name, color in zip(("quarantinedTotal", "duplicates", "accepted"), (COLORS[2], COLORS[1], COLORS[3])):
        values = [outcome.report[name] for outcome in outcomes]
        axis.bar(_labels(outcomes), values, bottom=floor, color=color, label=name.replace("Total", ""))
        floor = [low + value for low, value in zip(floor, values)]
    axis.set_yscale("symlog", linthresh=10)
    axis.legend(ncols=3, loc="upper right")
    return _svg(figure)


def _durations(outcomes: Sequence[SlotOutcome]) -> str:
    figure, axis = plt.subplots(figsize=(9, 3))
    steps = sorted({step for outcome in outcomes for step in outcome.report["durationsMs"] if step != "total"})
    floor = [0.0] * len(outcomes)
    for step, color in zip(steps, COLORS * 3):
        values = [outcome.report["durationsMs"].get(step, 0) / 1000 for outcome in outcomes]
        axis.bar(_labels(outcomes), values, bottom=floor, color=color, label=step)
        floor = [low + value for low, value in zip(floor, values)]
    axis.plot(_labels(outcomes), [o.seconds for o in outcomes], "k_", markersize=14, label="whole run")
    axis.legend(ncols=4, fontsize=8)
    return _svg(figure)


def _published(outcome: SlotOutcome, name: str) -> int:
    return sum(int(group["publishRecords"]) for group in outcome.report["groups"] if group["name"] == name)


def _labels(outcomes: Sequence[SlotOutcome]) -> list[str]:
    return [f"{outcome.slot_end:%H:%M}" for outcome in outcomes]


def _number(text: str | None) -> float:
    return float(Decimal(text)) if text is not None else float("nan")


def _svg(figure: Any) -> str:
    """Return the figure as an ``svg`` element without the document around it."""
    buffer = io.StringIO()
    figure.tight_layout()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = re.sub(r"<metadata>.*?</metadata>", "", buffer.getvalue(), flags=re.DOTALL)
    return text[text.index("<svg") :]
