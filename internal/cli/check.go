package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/project"
)

func (a *app) checkCommand() *cobra.Command {
	var in input
	var options project.CheckOptions
	var python string
	cmd := &cobra.Command{
		Use:   "check [ZIP|VERSION] [PROJECT]",
		Short: "Check that a layer would work in Lambda",
		Long: `Check whether a layer would work in Lambda: the project's layer, a ZIP made by any program,
or a published VERSION.

First, check reads the layer's files, which works for any runtime on any machine. It finds:

  - machine code for another processor or Python version
  - shared libraries that are neither in the layer nor in the runtime
  - symbols from a newer glibc or libstdc++ than the runtime's
  - missing requirements
  - modules that shadow the standard library, and an incomplete AWS SDK
  - .pth files, which Python reads at every start
  - files that only their owner can read

Then it imports every top-level module in a new process that starts like a function, with
only the layer on sys.path and without credentials or network. This step runs the layer's
code with a CPython interpreter on this machine that matches the runtime's version and the
layer's architecture, or with the command in --python, such as "qemu-aarch64 -L ROOT
ROOT/usr/bin/python3.13" for an arm64 Linux whose root file system is in the folder ROOT.
Without an interpreter, check skips this step and says so, but does not fail; --static
always skips it.

Errors break the layer, warnings are problems that may break it, and notes are for your
information. Only errors make check fail. Layers with the same findings are shown once.`,
		Example: `  lamella check --runtime python3.13
  lamella check layer.zip --runtime python3.13 --arch arm64 --static
  lamella check 3 --to s3://bucket/lambda/{layer}`,
		ValidArgsFunction: completeVersion(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Python = strings.Fields(python)
			return a.runCheck(cmd, &in, args, options)
		},
	}
	in.bindQuestion(cmd)
	in.selects = true
	cmd.Flags().BoolVar(&options.Static, "static", false, "only read the layer's files; do not import any module")
	cmd.Flags().StringVar(&python, "python", "", "command that runs the Python interpreter for the imports; default: a CPython interpreter on this machine")
	annotate(cmd.Flags(), "python", annotationValue, "CMD")
	cmd.Flags().StringSliceVar(&options.Modules, "import", nil, "also import this module, such as scipy.stats; may be repeated")
	annotate(cmd.Flags(), "import", annotationValue, "MODULE")
	return cmd
}

// runCheck checks what args and in describe.
func (a *app) runCheck(cmd *cobra.Command, in *input, args []string, options project.CheckOptions) error {
	if options.Static && (len(options.Python) > 0 || len(options.Modules) > 0) {
		return usageError("", "--static imports nothing, so it cannot be combined with --python or --import")
	}
	zip, version, folder, err := checkArgs(cmd, args)
	if err != nil {
		return err
	}
	layers, err := a.layers(cmd, in, folder)
	if err != nil {
		return err
	}
	if version != "" && len(layers) > 1 { // each place has a version of its own
		return severalLayers(cmd, layers)
	}
	outcomes := answerEach(cmd.Context(), layers, func(ctx context.Context, l lamella.Layer) (*check.Report, error) {
		return a.check(ctx, l, zip, version, options)
	})
	return printAnswers(a, outcomes, report[*check.Report]{
		text:  func(_ lamella.Layer, r *check.Report) string { return checkText(r) },
		view:  func(_ lamella.Layer, r *check.Report) any { return r },
		known: func(r *check.Report) bool { return r != nil },
	})
}

// check checks a zip, a published version, or what the project makes. If it finds errors, it
// returns both the report and an error.
func (a *app) check(ctx context.Context, l lamella.Layer, zip, version string, o project.CheckOptions) (r *check.Report, err error) {
	subject := "the layer"
	switch {
	case zip != "":
		subject = zip
		r, err = a.client().CheckZip(ctx, l, zip, o)
	case version != "":
		subject = "version " + version
		r, err = a.client().CheckVersion(ctx, l, version, o)
	default:
		r, err = a.client().Check(ctx, l, o)
	}
	if err != nil {
		return nil, err
	}
	return r, checkFailure(subject, r)
}

// checkArgs determines whether the arguments are a zip, a version, or a project. A regular
// file and a path that ends in .zip are zips.
func checkArgs(cmd *cobra.Command, args []string) (zip, version string, project []string, err error) {
	if len(args) > 0 {
		info, statErr := os.Stat(args[0])
		if strings.HasSuffix(args[0], ".zip") && (statErr != nil || !info.IsDir()) || statErr == nil && info.Mode().IsRegular() {
			if len(args) > 2 {
				return "", "", nil, usageError(cmd.Name(), fmt.Sprintf("unexpected argument %q", args[2]), "see the usage: "+cmd.CommandPath()+" --help")
			}
			return args[0], "", args[1:], nil
		}
	}
	which, project, err := versionArgs(cmd, args, 1)
	return "", first(which), project, err
}

// checkFailure returns the report's error. The text of the report contains the details.
func checkFailure(subject string, r *check.Report) error {
	err := r.Err(subject)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		f.Details, f.Hints = nil, nil
	}
	return err
}

// checkText returns the report as text.
func checkText(r *check.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s: %s\n", f.Severity, f.Message)
		if f.Severity != check.Note {
			for _, line := range f.Details {
				fmt.Fprintf(&b, "    %s\n", line)
			}
		}
		if f.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", f.Hint)
		}
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s in %s and %s\n", r.Target, number.Count(r.Count(check.Error), "error"), number.Count(r.Count(check.Warning), "warning"),
		number.Count(r.Count(check.Note), "note"), number.Count(r.Distributions, "distribution"), number.Count(r.Binaries, "ELF file"))
	b.WriteString(importsText(r))
	return b.String()
}

// importsText lists what was imported, slowest first.
func importsText(r *check.Report) string {
	if r.Interpreter == nil {
		if r.ImportsSkipped == "--static" {
			return ""
		}
		return "no module was imported: " + r.ImportsSkipped + "\n"
	}
	imported := 0
	slowest := probe.Result{}
	for _, i := range r.Imports {
		if i.Status == probe.Imported {
			imported++
			if i.Seconds > slowest.Seconds {
				slowest = i
			}
		}
	}
	text := fmt.Sprintf("%d of %s imported by Python %s", imported, number.Count(len(r.Imports), "module"), r.Interpreter.Version)
	if r.Interpreter.Emulated {
		return text + "\n"
	}
	if slowest.Module != "" {
		text += fmt.Sprintf("; the slowest is %s: %.2f s", slowest.Module, slowest.Seconds)
		if slowest.Memory > 0 {
			text += ", " + formatBytes(slowest.Memory)
		}
	}
	return text + "\n"
}
