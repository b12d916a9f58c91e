package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/internal/export"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/resolve"
)

func (a *app) resolveCommand() *cobra.Command {
	var in input
	var format, file string
	cmd := &cobra.Command{
		Use:   "resolve [PROJECT]",
		Short: "Show the exact wheels that go into the layer",
		Long: `Show the exact wheels that the lock file resolves to for the Lambda runtime. --format
prints a lock file with only these wheels instead: a requirements.txt with hashes, or a
pylock.toml (PEP 751). Nothing is downloaded. Layers with the same files are shown once.`,
		Example: `  lamella resolve --runtime python3.13
  lamella resolve --format requirements -o requirements-lambda.txt
  lamella resolve --format pylock -o pylock.lambda.toml
  lamella resolve --json | jq -r '.layers[].distributions[].file'`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			if format != "" || file != "" {
				layer, err := oneContent(cmd, layers)
				if err != nil {
					return err
				}
				return a.export(cmd, layer, export.Format(format), file)
			}
			return printAnswers(a, answerEach(cmd.Context(), layers, a.client().Resolve), report[*resolve.Resolution]{
				text: func(_ lamella.Layer, r *resolve.Resolution) string { return resolvedText(resolvedView(r)) },
				view: func(_ lamella.Layer, r *resolve.Resolution) any { return resolvedView(r) },
			})
		},
	}
	in.bindResolution(cmd)
	in.selects = true
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "", "print a lock file with these wheels: requirements or pylock")
	annotate(flags, "format", annotationValue, "FORMAT")
	flags.StringVarP(&file, "output", "o", "", "write the lock file to this path, and print the path")
	annotate(flags, "output", annotationValue, "FILE")
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return formatNames(), cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("format", complete); err != nil {
		panic(err) // the flag does not exist
	}
	return cmd
}

func formatNames() []string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, string(f))
	}
	return names
}

// export prints or writes what layer resolves to, as a lock file.
func (a *app) export(cmd *cobra.Command, layer lamella.Layer, format export.Format, file string) error {
	if err := a.checkExport(format, file); err != nil {
		return err
	}
	if file != "" {
		if err := export.ToFile(cmd.Context(), layer, format, file, a.env()); err != nil {
			return err
		}
		a.display.Close()
		return a.writeText(file + "\n")
	}
	content, err := a.client().Export(cmd.Context(), layer, format)
	if err != nil {
		return err
	}
	a.display.Close()
	_, err = a.Out.Write(content)
	return outputFault(err)
}

func (a *app) checkExport(format export.Format, file string) error {
	names := formatNames()
	var hints []string
	for _, name := range names {
		if file == "" || (name == string(export.Pylock)) == pylockName(filepath.Base(file)) {
			hints = append(hints, "lamella resolve --format "+name)
		}
	}
	switch {
	case a.json:
		return usageError("resolve", "--json cannot be combined with --format or -o",
			"print the result as JSON: lamella resolve --json", "or export a lock file: "+hints[max(0, slices.Index(hints, "lamella resolve --format "+string(format)))])
	case format == "":
		for i, hint := range hints {
			hints[i] = "choose a format: " + hint
			if i > 0 {
				hints[i] = "or " + hints[i]
			}
		}
		return usageError("resolve", "-o needs --format", hints...)
	case !slices.Contains(names, string(format)):
		return usageError("resolve", fmt.Sprintf("unknown lock file format %q", format), "choose one of: "+strings.Join(names, ", "))
	case format == export.Pylock && file != "" && !pylockName(filepath.Base(file)):
		return usageError("resolve", fmt.Sprintf("invalid file name %s: installers look for pylock.toml and pylock.NAME.toml (PEP 751)", file),
			"choose another name: lamella resolve --format pylock -o "+shell.Quote(filepath.Join(filepath.Dir(file), "pylock.lambda.toml")))
	}
	return nil
}

// pylockName reports whether PEP 751 permits a file name.
func pylockName(name string) bool {
	rest, ok := strings.CutPrefix(name, "pylock.")
	middle, isTOML := strings.CutSuffix(rest, "toml")
	return ok && isTOML && (middle == "" || len(middle) > 1 && strings.Index(middle, ".") == len(middle)-1)
}

// resolvedView returns a resolution in printable form, with URLs without credentials.
func resolvedView(r *resolve.Resolution) output.Resolved {
	var view output.Resolved
	for _, d := range r.Excluded {
		view.Excluded = append(view.Excluded, d.String())
	}
	for _, d := range r.Distributions {
		view.Distributions = append(view.Distributions, output.Distribution{
			Name: d.Name, Version: d.Version, File: d.Origin(), Hash: string(d.Hash), Unhashed: d.Unhashed, Where: d.Where,
			URL: secret.Strip(d.File.URL), Size: d.File.Size,
			Direct: d.Direct, RequiredBy: d.RequiredBy,
		})
	}
	return view
}

// resolvedText returns a line for each distribution: name, version, size, file, and hash. It
// leaves out the size column if no sizes are known, as for a poetry.lock.
func resolvedText(r output.Resolved) string {
	sized := slices.ContainsFunc(r.Distributions, func(d output.Distribution) bool { return d.Size > 0 })
	rows := make([][]string, len(r.Distributions))
	for i, d := range r.Distributions {
		rows[i] = []string{escape(d.Name), escape(d.Version)}
		if sized {
			rows[i] = append(rows[i], sizeOf(d.Size))
		}
		rows[i] = append(rows[i], escape(d.File), d.Hash)
	}
	if !sized {
		return table(rows, -1)
	}
	return table(rows, 2)
}

// sizeOf formats a size. It returns "-" if the size is not known.
func sizeOf(n int64) string {
	if n == 0 {
		return "-"
	}
	return formatBytes(n)
}

// table aligns the cells of rows in columns. The column with index right is right-aligned.
func table(rows [][]string, right int) string {
	widths := map[int]int{}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			padding := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if i == right {
				line.WriteString(padding + cell)
			} else {
				line.WriteString(cell + padding)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
