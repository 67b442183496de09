"""The small app of the packaging check; app.js is the same in JavaScript."""

from aws_cdk import App, Duration, Stack
from cdk_medallion_feature_platform import (
    Column,
    EventSchema,
    EventTime,
    Feature,
    FeatureGroupSpec,
    MedallionFeaturePlatform,
    Slot,
    WindowBoundary,
)

app = App(analytics_reporting=False)
MedallionFeaturePlatform(
    Stack(app, "Consumer"),
    "Platform",
    events=EventSchema(
        name="payment",
        event_id="id",
        event_time=EventTime.unix_millis("at"),
        columns=[
            Column.string("card", required=True, max_length=40),
            Column.string("merchant", required=True),
            Column.decimal("amount", precision=12, scale=2, greater_than=0),
            Column.boolean("present"),
        ],
        allowed_skew=Duration.minutes(2),
    ),
    feature_groups=[
        FeatureGroupSpec(
            name="pairs",
            version=2,
            entity=["card", "merchant"],
            features=[
                Feature.count("payments_1h", window=Duration.hours(1), closed=WindowBoundary.RIGHT),
                Feature.max("largest_7d", of="amount", window=Duration.days(7), offset=Duration.hours(1)),
            ],
        )
    ],
    slot=Slot.every(Duration.minutes(30), watermark_delay=Duration.minutes(3)),
)
app.synth()
