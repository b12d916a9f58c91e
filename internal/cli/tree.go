package cli

import (
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

func (a *app) treeCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "tree [PROJECT]",
		Short: "Show the dependency tree with sizes",
		Long: `Show the distributions in the layer as a dependency tree, with the size of each wheel and,
for wheels in the cache, the unzipped size. The requirements of a distribution are shown
where it first appears; later occurrences are marked (*). Layers with the same tree are
shown once.

Some lock files do not record dependencies: requirements.txt, Pipfile.lock, and some
pylock.toml files. Their tree comes from the wheels in the cache, which lamella build
downloads.`,
		Example: `  lamella tree --runtime python3.13
  lamella tree --exclude boto3`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			outcomes := answerEach(cmd.Context(), layers, a.client().Tree)
			for _, o := range outcomes {
				if o.Value != nil {
					a.noteUnknown(o.Value.Lock, o.Value.Unknown)
				}
			}
			return printAnswers(a, outcomes, report[*resolve.DependencyTree]{
				text:  func(_ lamella.Layer, t *resolve.DependencyTree) string { return treeText(t) },
				view:  func(_ lamella.Layer, t *resolve.DependencyTree) any { return t },
				known: func(t *resolve.DependencyTree) bool { return t != nil },
			})
		},
	}
	in.bindResolution(cmd)
	in.selects = true
	return cmd
}

// noteUnknown notes what is missing in a tree, once for each lock file.
func (a *app) noteUnknown(lock string, wheels int) {
	if wheels > 0 && !a.noted[lock] {
		if a.noted == nil {
			a.noted = map[string]bool{}
		}
		a.noted[lock] = true
		a.note("the tree is incomplete: %s does not record dependencies, and %s not in the cache; %s",
			lock, map[bool]string{true: "1 wheel is", false: number.Count(wheels, "wheel") + " are"}[wheels == 1], a.complete("to download "+map[bool]string{true: "it", false: "them"}[wheels == 1]+", run: lamella build", ""))
	}
}

// treeText returns the tree as text, with the sizes in columns after it.
func treeText(t *resolve.DependencyTree) string {
	rows := [][]string{{"", "wheel", "unzipped"}}
	for _, n := range t.Roots {
		rows = appendNode(rows, n, "", "")
	}
	var width [3]int
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	if t.Wheel == 0 && t.Unzipped == 0 { // there are no sizes to show
		rows = rows[1:]
		for _, row := range rows {
			row[1], row[2] = "", ""
		}
	}
	for _, row := range rows {
		padding := strings.Repeat(" ", width[0]-len([]rune(row[0])))
		line := fmt.Sprintf("%s%s  %*s  %*s", row[0], padding, width[1], row[1], width[2], row[2])
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString("\n" + treeTotal(t) + "\n")
	return b.String()
}

// appendNode adds a row for a node, followed by rows for what it requires. own is the prefix
// of the node's row, and below the prefix of the rows beneath it.
func appendNode(rows [][]string, n *resolve.TreeNode, own, below string) [][]string {
	label := own + escape(n.Name)
	if len(n.Extras) > 0 {
		label += "[" + escape(strings.Join(n.Extras, ",")) + "]"
	}
	if n.Version != "" {
		label += " " + escape(n.Version)
	}
	if n.Repeated {
		label += " (*)"
	}
	row := []string{label, "", ""}
	switch {
	case n.Project:
	case n.Excluded:
		row[0] += " (left out)"
	case n.Missing != "":
		row[0] += " (cannot be installed)"
	default:
		row[1], row[2] = sizeOf(n.Wheel), sizeOf(n.Unzipped)
	}
	rows = append(rows, row)
	for i, child := range n.Requires {
		if i == len(n.Requires)-1 {
			rows = appendNode(rows, child, below+"└── ", below+"    ")
		} else {
			rows = appendNode(rows, child, below+"├── ", below+"│   ")
		}
	}
	return rows
}

func treeTotal(t *resolve.DependencyTree) string {
	text := fmt.Sprintf("%s for %s", number.Count(t.Distributions, "distribution"), t.Target)
	if t.Wheel > 0 {
		text += ", " + formatBytes(t.Wheel) + " in wheels"
	}
	if measured := t.Distributions - t.Unmeasured; measured > 0 {
		text += fmt.Sprintf(", %s of %s bytes unzipped", number.Group(t.Unzipped), number.Group(target.MaxUnzippedSize))
		if t.Unmeasured > 0 {
			text += fmt.Sprintf(" by the %d in the cache", measured)
		}
	}
	return text
}
