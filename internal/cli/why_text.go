package cli

import (
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/resolve"
)

// whyText returns an explanation as text, with a paragraph for each package with that name.
func whyText(e *resolve.Explained, paint painter) string {
	var b strings.Builder
	for i, p := range e.Packages {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s (%s): %s\n", escape(strings.TrimSpace(e.Name+" "+p.Version)), escape(p.Where), verdict(p, e.Target.String(), paint))
		asks, others := splitAsks(p.RequiredBy)
		section(&b, "required by", asks)
		section(&b, "not required by", others)
		if p.Refused != nil {
			fmt.Fprintf(&b, "  %s %s\n", paint.red("cannot be installed:"), escape(p.Refused.Error()))
		}
		chosen, files := choices(p, paint)
		section(&b, "chosen", chosen)
		section(&b, map[bool]string{true: "not chosen", false: "files"}[len(chosen) > 0], files)
	}
	return b.String()
}

// few is the number of incompatible files that are listed.
const few = 5

// choices lists the files of a package that were chosen, and its other files: the compatible
// ones, then the nearest incompatible ones, and the number of the rest.
func choices(p resolve.ExplainedPackage, paint painter) (chosen, files []string) {
	wanted := p.Selected || p.Project
	var others []string
	for _, c := range p.Files {
		switch line := fileText(c); {
		case c.Chosen:
			chosen = append(chosen, paint.green(line))
		case !c.Fits:
			others = append(others, line+": "+escape(c.Reason))
		case !wanted:
			files = append(files, line+": compatible")
		case c.Reason != "":
			files = append(files, line+": "+escape(c.Reason))
		default:
			files = append(files, line+": fits")
		}
	}
	if rest := len(others) - few; rest > 0 && wanted {
		others = append(others[:few], fmt.Sprintf("%s not compatible (--json lists them)", number.Count(rest, "more file")))
	} else if rest > 0 {
		others = []string{fmt.Sprintf("%s not compatible (--json lists them)", number.Count(len(others), "file"))}
	}
	return chosen, append(files, others...)
}

// fileText returns a file with its size, if the size is known.
func fileText(c resolve.Choice) string {
	if c.File.Size == 0 {
		return escape(c.File.Name)
	}
	return escape(c.File.Name) + "  " + formatBytes(c.File.Size)
}

// section writes a heading with lines below it, or nothing if there are no lines.
func section(b *strings.Builder, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s\n", heading)
	for _, line := range lines {
		fmt.Fprintf(b, "    %s\n", line)
	}
}

// verdict says whether a package is in the layer.
func verdict(p resolve.ExplainedPackage, target string, paint painter) string {
	switch {
	case p.Project:
		return "the project itself, which is not part of the layer"
	case p.Excluded:
		return paint.yellow("excluded") + " by --exclude"
	case p.Selected && p.Refused != nil:
		return "required for " + target + ", but cannot be installed"
	case p.Selected:
		return paint.green("in the layer") + " for " + target
	}
	return paint.yellow("not in the layer") + " for " + target
}

// splitAsks separates the active requirements from the others, and adds the reasons to the
// others.
func splitAsks(asks []resolve.Requirer) (count, others []string) {
	for _, ask := range asks {
		if ask.State == resolve.Holds {
			count = append(count, pathText(ask.Path))
		} else {
			others = append(others, pathText(ask.Path)+": "+notCounting(ask))
		}
	}
	return count, others
}

// notCounting returns why a requirement is not active.
func notCounting(ask resolve.Requirer) string {
	asker := ask.Path[max(0, len(ask.Path)-2)]
	project := asker.Project
	switch {
	case ask.State == resolve.MarkerFails:
		return "the marker does not match the target"
	case ask.State == resolve.OtherVersion:
		return "another version was chosen"
	case project && asker.Extra != "":
		return "the extra is not selected (--extra " + escape(asker.Extra) + ")"
	case project && asker.Group != "":
		return "the group is not selected (--group " + escape(asker.Group) + ")"
	case ask.State == resolve.NotSelected:
		return "not selected"
	case asker.Extra != "":
		return "nothing requires this extra"
	}
	return escape(asker.Name) + " is not in the layer"
}

// pathText returns a path such as "app[ml] → pandas 2.2.3 → numpy 2.3.0 (python_version >=
// '3.9')".
func pathText(path []resolve.Step) string {
	var steps []string
	for _, s := range path {
		text := escape(s.Name)
		if s.Extra != "" {
			text += "[" + escape(s.Extra) + "]"
		}
		if s.Version != "" && !s.Project {
			text += " " + escape(s.Version)
		}
		if s.Group != "" {
			text += " group " + escape(s.Group)
		}
		if s.Marker != "" {
			text += " (" + escape(s.Marker) + ")"
		}
		steps = append(steps, text)
	}
	return strings.Join(steps, " → ")
}
