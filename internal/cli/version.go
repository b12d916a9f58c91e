package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/output"
)

// Version is the tool's version if the build sets it with -ldflags "-X
// github.com/lamella-build/lamella/internal/cli.Version=v1.2.3". Otherwise, the version is
// that of the module.
var Version string

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print lamella's version",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			text := "lamella " + v.Version
			if v.Revision != "" {
				text += " " + v.Revision
			}
			if v.Modified {
				text += " (modified)"
			}
			return a.printResult(fmt.Sprintf("%s %s %s\n", text, v.Go, v.Platform), v)
		},
	}
}

// version returns what this program was built from.
func version() output.ToolVersion {
	v := output.ToolVersion{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		if v.Version == "" && info.Main.Version != "(devel)" {
			v.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Revision = s.Value
			case "vcs.modified":
				v.Modified = s.Value == "true"
			}
		}
	}
	if v.Version == "" {
		v.Version = "devel"
	}
	return v
}
