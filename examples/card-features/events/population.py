"""Who pays whom: cards with habits and merchants with popularity, both Zipf distributed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Currency, country and weight of the home markets of the cards.
MARKETS = (("USD", "US", 0.5), ("EUR", "DE", 0.2), ("EUR", "FR", 0.12), ("GBP", "UK", 0.12), ("SGD", "SG", 0.06))
#: How the card was read; some terminals do not say.
POS_MODES = ("contactless", "chip", "online", "swipe", None)
POS_WEIGHTS = (0.45, 0.25, 0.25, 0.04, 0.01)
#: Share of lines that only ask whether a card is good, without an amount.
VERIFICATION_SHARE = 0.01
#: Share of a day's payments that falls into each hour, UTC: quiet nights, a noon and an evening peak.
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 7, 8, 7, 6, 6, 7, 8, 9, 9, 7, 6, 5, 3)


def zipf_shares(count: int, exponent: float) -> np.ndarray:
    """Return the probability of each of ``count`` ranks, proportional to ``1 / rank ** exponent``."""
    weights = 1.0 / np.arange(1, count + 1) ** exponent
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class Population:
    """A fixed set of cards and merchants.

    Card names start at ``card_10000`` so that they never meet the cards of the sample events.
    """

    cards: int = 1200
    merchants: int = 400
    first_card: int = 10_000
    card_exponent: float = 0.9
    merchant_exponent: float = 1.1

    def card_id(self, rank: int) -> str:
        """Return the name of the card of that rank, 0 being the most active."""
        return f"card_{self.first_card + rank:05d}"

    def merchant_id(self, rank: int) -> str:
        """Return the name of the merchant of that rank, 0 being the most popular."""
        return f"merchant_{rank + 1:04d}"

    def draw_cards(self, rng: np.random.Generator, count: int, active: int) -> np.ndarray:
        """Draw ``count`` card ranks among the ``active`` last ones, so that a quiet time keeps ordinary cards."""
        active = min(active, self.cards)
        return self.cards - active + rng.choice(active, size=count, p=zipf_shares(active, self.card_exponent))

    def draw_merchants(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Draw ``count`` merchant ranks by popularity."""
        return rng.choice(self.merchants, size=count, p=zipf_shares(self.merchants, self.merchant_exponent))

    def market(self, card_rank: int) -> tuple[str, str]:
        """Return currency and country of a card's home market, spread over the ranks by weight."""
        position = (card_rank * 0.6180339887498949) % 1.0  # golden ratio steps: even, and the same for every seed
        for currency, country, weight in MARKETS:
            position -= weight
            if position < 0:
                return currency, country
        return MARKETS[0][0], MARKETS[0][1]
