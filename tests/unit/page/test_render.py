"""Foreign words in reports, and the runbook as a page."""

from tides.page.render import report_html, runbook_html


def test_a_report_shows_markup_of_others_as_text():
    html = report_html("# A\n\n<script>x</script> <b>y</b> ![p](http://evil/p.png) [l](javascript:x) \x1b[31m\u202e")
    for bad in ("<script", "<b>", "<img", 'href="javascript', "\x1b", "\u202e"):
        assert bad not in html
    assert "&lt;script&gt;" in html


def test_headings_of_a_report_lie_below_that_of_the_view_and_tables_can_be_scrolled():
    html = report_html("# A\n\n| what | number |\n|---|---|\n| live | 7 |\n")
    assert "<h2>A</h2>" in html
    assert '<th scope="col">what</th>' in html
    assert '<div class="wide" tabindex="0"' in html


def test_the_runbook_leads_nowhere_else():
    html = runbook_html()
    assert html is not None
    assert "<a " not in html
    assert 'id="the-guard"' in html
