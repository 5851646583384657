"""A light curve as a figure of Bokeh. The browser draws it from JSON; nothing of it is run there as a script."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tides.clock import MJD_EPOCH_JD, UNIX_EPOCH_JD, jd_utc
from tides.functions.functions import Function
from tides.judgement.points import Point, PointKind
from tides.photometry.ab import AB_ZERO_NJY
from tides.photometry.bands import BANDS
from tides.photometry.colours import COLOURS, Theme
from tides.reports import curve_words
from tides.reports.curve import Curve

if TYPE_CHECKING:
    from bokeh import plotting

Scale = Literal["mag", "flux"]
Dates = Literal["utc", "mjd", "jd"]

MARKERS = {"u": "circle", "g": "triangle", "r": "inverted_triangle", "i": "square", "z": "star", "y": "hex"}
"""The markers of the bands (photometry/colours.py), as Bokeh calls them."""

INK: dict[Theme, tuple[str, str, str, str]] = {
    "light": ("#17212b", "#51606e", "#d5dce3", "#0b5cab"),
    "dark": ("#e6edf3", "#9fb0bf", "#2e3c49", "#7cb8f5"),
}
"""The page's colours (page.css) of words, of quiet words, of rules and of links."""

NAMES = ("when", "mjd", "jd", "band", "kind", "mag", "flux", "snr", "says")
"""The columns of a figure's data that hover tells, in the order of `curve_words.COLUMNS`."""

HEIGHT = 380

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Place:
    """Where a point is drawn, and how far its error reaches; None: it is a limit, and fainter than drawn."""

    point: Point
    y: float
    err: float | None


def figure_json(curve: Curve, function: Function, scale: Scale, dates: Dates, theme: Theme) -> dict[str, object]:
    """The figure as `Bokeh.embed.embed_item` takes it."""
    # Imported here: only a light curve needs it.
    from bokeh.embed import json_item

    return dict(json_item(draw(curve, function, scale, dates, theme)))


def draw(curve: Curve, function: Function, scale: Scale, dates: Dates, theme: Theme) -> "plotting.figure":
    """The figure: in magnitudes (AB, brighter upwards) or fluxes (nJy), over dates of a kind (UTC)."""
    from bokeh.models import PanTool, Range1d, WheelZoomTool
    from bokeh.plotting import figure

    places = [place for point in curve.points.shown if (place := _place(point, scale))]
    left, right = _across(curve, dates)
    low, high = _upwards(places, [_height(limit.mag, scale) for limit in curve.limits], scale)
    wheel = WheelZoomTool(modifiers="ctrl")  # alone it scrolls the page
    plot = figure(
        height=HEIGHT, sizing_mode="stretch_width", toolbar_location=None, tools=[PanTool(), wheel],
        active_scroll=wheel, x_axis_type="datetime" if dates == "utc" else "linear",
        x_range=Range1d(start=left, end=right), y_range=Range1d(start=low, end=high),
        x_axis_label=f"{dates.upper()}{'' if dates == 'utc' else ' (UTC, days)'}",
        y_axis_label="difference magnitude (AB)" if scale == "mag" else "difference flux (nJy)",
    )  # fmt: skip
    _dress(plot, theme)
    _draw_target(plot, curve, scale, dates, theme)
    # A limit's line goes downwards, to what is fainter.
    _draw_points(plot, places, function, dates, theme, fall=0.03 * (low - high))
    # Last, so that they lie above the points: the rows of hover markers along the upper edge.
    _draw_moments(plot, curve, dates, theme, high, low)
    return plot


def _place(point: Point, scale: Scale) -> Place | None:
    if scale == "flux":
        if point.flux_njy is not None:
            return Place(point, point.flux_njy, point.flux_err_njy or 0.0)
        return None if point.limit_mag is None else Place(point, _height(point.limit_mag, scale), None)
    if point.mag is not None:
        return Place(point, point.mag, point.mag_err or 0.0)
    return None if point.limit_mag is None else Place(point, point.limit_mag, None)


def _height(mag: float, scale: Scale) -> float:
    return mag if scale == "mag" else float(10 ** (0.4 * (AB_ZERO_NJY - mag)))


def _x(dates: Dates) -> Callable[[float], float]:
    """From a date (JD UTC) to a place on the axis."""
    if dates == "utc":
        return lambda jd: (jd - UNIX_EPOCH_JD) * DAY_MS
    return (lambda jd: jd - MJD_EPOCH_JD) if dates == "mjd" else (lambda jd: jd)


def _across(curve: Curve, dates: Dates) -> tuple[float, float]:
    """The dates from which to which the figure shows: of points, triggers, answers, and being live."""
    jds = [point.jd_utc for point in curve.points.shown]
    jds += [trigger.trigger_jd for trigger in curve.triggers] + [jd_utc(answer.at) for answer in curve.told]
    jds += [jd_utc(moment) for live in curve.live for moment in (live.since, live.until) if moment]
    first, last = min(jds, default=UNIX_EPOCH_JD), max(jds, default=UNIX_EPOCH_JD)
    room = 0.04 * (last - first) or 1.0
    return _x(dates)(first - room), _x(dates)(last + room)


def _upwards(places: Sequence[Place], limits: Sequence[float], scale: Scale) -> tuple[float, float]:
    """The lower and the upper end of the figure, with room for the errors and the limits of a function."""
    ends = [place.y + sign * (place.err or 0.0) for place in places for sign in (-1, 1)] + list(limits)
    least, most = min(ends, default=0.0), max(ends, default=1.0)
    room = 0.12 * (most - least) or 1.0
    # Brighter is upwards.
    return (most + room, least - room) if scale == "mag" else (least - room, most + room)


def _dress(plot: "plotting.figure", theme: Theme) -> None:
    ink, quiet, rule, _ = INK[theme]
    plot.background_fill_color = plot.border_fill_color = None
    plot.outline_line_color = rule
    for axis in (plot.xaxis[0], plot.yaxis[0]):
        axis.axis_label_text_color = axis.major_label_text_color = ink
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = quiet
        axis.axis_label_text_font_style = "normal"
    for grid in (plot.xgrid[0], plot.ygrid[0]):
        grid.grid_line_color = rule
        grid.grid_line_alpha = 0.6
    if hasattr(plot.xaxis[0].formatter, "use_scientific"):
        plot.xaxis[0].formatter.use_scientific = False


def _draw_target(plot: "plotting.figure", curve: Curve, scale: Scale, dates: Dates, theme: Theme) -> None:
    """The times in which the target was live, and the magnitudes that the function asks for."""
    from bokeh.models.annotations import BoxAnnotation, Label, Span

    _, quiet, _, link = INK[theme]
    x = _x(dates)
    for live in curve.live:
        # Without an end it reaches to the edge.
        end: dict[str, Any] = {"right": x(jd_utc(live.until))} if live.until else {}
        plot.add_layout(
            BoxAnnotation(left=x(jd_utc(live.since)), fill_color=link, fill_alpha=0.1, line_color=None, **end)
        )
    for limit in curve.limits:
        y = _height(limit.mag, scale)
        plot.add_layout(Span(location=y, dimension="width", line_color=quiet, line_dash="dotted"))
        plot.add_layout(
            Label(
                x=4, y=y, x_units="screen", text=f"{limit.names} {limit.mag:g}", text_color=quiet, text_font_size="11px"
            )
        )


def _draw_points(
    plot: "plotting.figure", places: Sequence[Place], function: Function, dates: Dates, theme: Theme, fall: float
) -> None:
    from bokeh.models import HoverTool
    from bokeh.models.annotations import Legend, LegendItem

    ink, _, _, _ = INK[theme]
    told: list[Any] = []
    items: list[Any] = []
    for band in (*BANDS, None):
        own = [place for place in places if place.point.band == band]
        if not own:
            continue
        colour = COLOURS[theme].get(band or "", ink)
        looks = _looks(own, MARKERS.get(band or "", "x"), colour)
        drawn = [
            _draw_kind(plot, name, alike, look, function, dates, colour, fall) for name, alike, look in looks if alike
        ]
        told += [marks for _, marks in drawn]
        items.append(LegendItem(label=band or "unknown band", renderers=[each for pair in drawn for each in pair]))
    if items:
        legend = Legend(
            items=items, orientation="horizontal", click_policy="hide", label_text_color=ink,
            background_fill_color=None, border_line_color=None, margin=0, padding=4,  # type: ignore[arg-type]
        )  # fmt: skip
        plot.add_layout(legend, "below")
    words = zip(curve_words.COLUMNS, NAMES, strict=True)
    plot.add_tools(HoverTool(renderers=told, tooltips=[(title, f"@{name}") for title, name in words], limit=2))


def _looks(places: Sequence[Place], marker: str, colour: str) -> list[tuple[str, list[Place], dict[str, Any]]]:
    """Each kind of a band's points with how it looks: filled ones count, small ones are forced, dashes are limits."""
    detected = [p for p in places if p.point.kind is PointKind.DETECTION]
    return [
        ("forced", [p for p in places if p.point.kind is PointKind.FORCED and p.err is not None],
         {"marker": marker, "size": 4, "fill_color": colour, "fill_alpha": 0.5, "line_color": None}),
        ("limits", [p for p in places if p.err is None], {"marker": "dash", "size": 9, "line_color": colour}),
        ("others", [p for p in detected if not p.point.counts],
         {"marker": marker, "size": 9, "fill_color": None, "line_color": colour}),
        ("counted", [p for p in detected if p.point.counts],
         {"marker": marker, "size": 9, "fill_color": colour, "line_color": colour}),
    ]  # fmt: skip


def _draw_kind(
    plot: "plotting.figure", name: str, places: Sequence[Place], look: dict[str, Any], function: Function, dates: Dates,
    colour: str, fall: float,
) -> tuple[Any, Any]:  # fmt: skip
    """Draw points that look alike: their errors and their marks."""
    from bokeh.models import ColumnDataSource

    x = _x(dates)
    rows = zip(*(curve_words.row(place.point, function) for place in places), strict=True)
    data: dict[str, Any] = dict(zip(NAMES, map(list, rows), strict=True))
    data |= {
        "x": [x(place.point.jd_utc) for place in places],
        "y": [place.y for place in places],
        "low": [place.y + (fall if place.err is None else -place.err) for place in places],
        "high": [place.y + (place.err or 0.0) for place in places],
    }
    source = ColumnDataSource(data)
    errors = plot.segment("x", "low", "x", "high", source=source, line_color=colour, line_alpha=0.6)
    return errors, plot.scatter("x", "y", source=source, name=name, **look)


def _draw_moments(plot: "plotting.figure", curve: Curve, dates: Dates, theme: Theme, high: float, low: float) -> None:
    """The triggers and 4MOST's answers: a line each, and a mark near the upper edge that says what it is."""
    from bokeh.models import ColumnDataSource, HoverTool
    from bokeh.models.annotations import Span

    ink, _, _, link = INK[theme]
    x = _x(dates)
    triggers = [(x(each.trigger_jd), curve_words.trigger(each)) for each in curve.triggers]
    answers = [(x(jd_utc(each.at)), f"4MOST, {curve_words.told(each)}") for each in curve.told]
    for name, moments, down, marker, size, colour in (
        ("triggers", triggers, 0.03, "diamond", 12, ink),
        ("answers", answers, 0.08, "square", 8, link),
    ):
        for place, _ in moments:
            plot.add_layout(Span(location=place, dimension="height", line_color=colour, line_dash="dashed"))
        source = ColumnDataSource(
            {
                "x": [place for place, _ in moments],
                "y": [high - down * (high - low)] * len(moments),
                "says": [words for _, words in moments],
            }
        )
        marks = plot.scatter("x", "y", source=source, name=name, marker=marker, size=size, color=colour)
        plot.add_tools(HoverTool(renderers=[marks], tooltips=[("", "@says")]))
