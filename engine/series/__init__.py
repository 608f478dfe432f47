"""Curves over a run: the loss of each turn of a training loop."""

from __future__ import annotations

from engine.series.loss import LossPoint, LossSeries, loss_series

__all__ = ["LossPoint", "LossSeries", "loss_series"]
