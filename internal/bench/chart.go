//go:build unix

package main

import (
	"fmt"
	"strings"
)

// draw returns an SVG bar chart of the project data, the largest. Bars are to
// scale; each has its time behind it.
func draw(results []result) string {
	var data result
	for _, r := range results {
		if r.name == "data" {
			data = r
		}
	}
	bars := []struct {
		label  string
		sample sample
		class  string
	}{
		{"lamella build", data.lamella, "ours"},
		{"cp + openssl sha256 of the zip", data.copy, "floor"},
		{"uv pip install + zip -6", data.uv, "peer"},
		{"pip install + zip -9", data.pip, "peer"},
	}
	const (
		left, width = 210, 400
		top, step   = 44, 30
	)
	var b strings.Builder
	height := top + step*len(bars) + 12
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 %d" width="720" height="%d" role="img" aria-labelledby="t">
<title id="t">Seconds from a warm cache to a layer zip</title>
<style>
text { font: 14px system-ui, sans-serif; fill: #24292f }
.head { font-weight: 600 }
.label { text-anchor: end }
.ours { fill: #0a7f4f } .floor { fill: #8c959f } .peer { fill: #57606a }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.ours { fill: #3fb950 } .floor { fill: #6e7681 } .peer { fill: #8b949e }
}
</style>
`, height, height)
	fmt.Fprintf(&b, "<text class=\"head\" x=\"%d\" y=\"22\">numpy + pandas + pyarrow, %.0f MB: warm cache to layer zip, seconds</text>\n",
		12, float64(data.unzipped)/1e6)
	longest := max(data.pip.median, data.uv.median)
	for i, bar := range bars {
		y := top + step*i
		length := max(1, width*bar.sample.median/longest)
		fmt.Fprintf(&b, "<text class=\"label\" x=\"%d\" y=\"%d\">%s</text>", left, y+15, bar.label)
		fmt.Fprintf(&b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"20\" rx=\"2\"/>", bar.class, left+10, y, length)
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", left+18+length, y+15, seconds(bar.sample.median))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func seconds(s float64) string {
	if s < 10 {
		return fmt.Sprintf("%.2f s", s)
	}
	return fmt.Sprintf("%.0f s", s)
}
