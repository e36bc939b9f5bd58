"""Figures as people read them: one line a piece of work, each application as a share of the bare one."""

from collections.abc import Mapping

from tests.benchmarks.load import Figures


def table(title: str, measured: Mapping[str, Mapping[str, Figures]], base: str = "bare") -> str:
    """Return a table of *measured*, which has the figures of each application for each piece of work.

    A ratio is the application's requests a second over those of *base* in the same run: 1.00 is as quick as it,
    0.33 a third of it. Where *base* was not measured there is no ratio.
    """
    lines = [title]
    for work, figures in measured.items():
        for name, one in figures.items():
            ratio = f"{one.rate / figures[base].rate:6.2f}" if base in figures and figures[base].rate else "     –"
            computed = "" if one.cpu is None else f"  {one.cpu:6.2f} ms of cpu"
            failed = f"  {one.errors} FAILED" if one.errors else ""
            lines.append(
                f"  {work:<24} {name:<10} {ratio} of {base}  {one.rate:9,.0f}/s  "
                f"p50 {one.p50:7.2f} ms  p95 {one.p95:7.2f} ms{computed}{failed}"
            )
    return "\n".join(lines)
