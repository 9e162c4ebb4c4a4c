"""Draw the reliability diagram and the risk-coverage curve (可靠性图、风险覆盖曲线).

Runs in Rasa's environment, which has matplotlib: ``benchmarks.decision`` hands it the figures on
standard input, and it writes the picture that the command line names.
"""

import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib import font_manager

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
HARMS = {"light": "后果轻", "plain": "后果一般", "grave": "后果重"}
COLOURS = {"light": "#2e7d32", "plain": "#f9a825", "grave": "#c62828"}
LINE = "#1565c0"


def draw_reliability(axes, bands: list[dict]) -> None:
    """How often an answer is right against how sure it was."""
    axes.plot([0, 1], [0, 1], "--", color="#9e9e9e", label="完全相符")
    sure, right = [each["sure"] for each in bands], [each["right"] for each in bands]
    axes.plot(sure, right, "-o", color=LINE, label="实际")
    for each in bands:
        axes.annotate(
            str(each["questions"]), (each["sure"], each["right"]), textcoords="offset points",
            xytext=(6, -12), fontsize=8,
        )  # fmt: skip
    axes.set(xlabel="把握（概率）", ylabel="答对的比例", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title("可靠性：数字是题数")
    axes.legend(loc="upper left")


def draw_risk(axes, curve: list[list[float]], chosen: dict) -> None:
    """What share is wrong as more is answered, and where the thresholds lie on that curve."""
    axes.plot([each[0] for each in curve], [each[1] for each in curve], color=LINE)
    for harm, told in chosen.items():
        place = max((each for each in curve if each[2] >= told["at"]), key=lambda each: each[0])
        label = f"{HARMS[harm]}：{told['at']:.2f}"
        axes.plot(place[0], place[1], "o", color=COLOURS[harm], label=label)
    axes.set(xlabel="作答的比例", ylabel="其中答错的比例", xlim=(0, 1), ylim=(0, None))
    axes.set_title("风险与覆盖：点是选定的门槛")
    axes.legend(loc="upper left")


def main() -> None:
    """Read the figures, write the picture."""
    told = json.load(sys.stdin)
    font_manager.fontManager.addfont(FONT)
    plt.rcParams["font.family"] = font_manager.FontProperties(fname=FONT).get_name()
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6))
    draw_reliability(left, told["bands"])
    draw_risk(right, told["curve"], told["chosen"])
    for axes in (left, right):
        axes.grid(color="#eeeeee")
    figure.tight_layout()
    figure.savefig(sys.argv[1], dpi=110)


if __name__ == "__main__":
    main()
