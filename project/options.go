package project

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/installer"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/spec"
)

// Builders returns the valid values of spec.Build.Builder.
func Builders() []string {
	names := []string{"native"}
	for _, tool := range installer.Tools() {
		names = append(names, string(tool))
	}
	return names
}

// Engines returns the valid values of spec.Build.Container besides "".
func Engines() []string { return append([]string{"auto"}, container.Names()...) }

// toolOf returns the installer that builds the layer, or "" if lamella builds it itself.
func toolOf(l *spec.Layer) index.Tool {
	if l.Builder == "native" {
		return ""
	}
	return index.Tool(l.Builder)
}

// checkOptions rejects options that do not exist or that contradict each other.
func checkOptions(l *spec.Layer) error {
	refuse := func(subject, message string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Subject: subject, Message: message, Hints: hints}
	}
	tool := toolOf(l) != ""
	const native = "use lamella's own builder: --builder native"
	switch {
	case l.Builder != "" && !slices.Contains(Builders(), l.Builder):
		return refuse("builder", fmt.Sprintf("unknown builder %q", l.Builder), "choose one of: "+strings.Join(Builders(), ", "))
	case l.Container != "" && !slices.Contains(Engines(), l.Container):
		return refuse("container", fmt.Sprintf("unknown container engine %q", l.Container), "choose one of: --container="+strings.Join(Engines(), ", --container="))
	case len(l.Prefer) > 0 && tool:
		return refuse("prefer", fmt.Sprintf("--prefer cannot be combined with --builder %s, which chooses between copies of a file itself", l.Builder),
			native, "or exclude one of the distributions: --exclude NAME")
	case l.Scripts && tool:
		return refuse("scripts", fmt.Sprintf("--scripts cannot be combined with --builder %s, which makes scripts for the machine it runs on", l.Builder),
			native, "or build without scripts: --scripts=false")
	}
	for _, name := range l.ExcludedDistributions() {
		if bare, plus := strings.CutSuffix(name, "+"); tool && plus {
			return refuse("exclude", fmt.Sprintf("%q cannot be excluded with --builder %s, which does not report what %s requires", name, l.Builder, bare),
				native, "or exclude only the distribution: --exclude "+bare)
		}
	}
	if err := slim.Check(l.Slim); err != nil {
		return err
	}
	if err := checkBytecode(l); err != nil {
		return err
	}
	return CheckStorage(l)
}

// CheckStorage returns a fault.Error of Kind Usage if the value of Storage is unknown.
func CheckStorage(l *spec.Layer) error {
	switch l.Storage {
	case "", spec.StorageCopy, spec.StorageReference:
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Subject: "storage", Message: fmt.Sprintf("unknown storage mode %q", l.Storage),
		Hints: []string{"let Lambda copy the zip: --storage " + spec.StorageCopy, "or let Lambda read the zip from S3: --storage " + spec.StorageReference}}
}

// lockOfTool returns the lock file in the project that the tool reads, or "" if there is
// none.
func lockOfTool(l *spec.Layer) string {
	if toolOf(l) == "" {
		return ""
	}
	path := filepath.Join(l.Folder(), string(installer.LockOf(toolOf(l))))
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// CheckLockOf returns a fault.Error of Kind Lock if the project has no lock file that the
// tool can install from.
func CheckLockOf(l *spec.Layer, tool index.Tool) error {
	name := string(installer.LockOf(tool))
	if name == "" {
		return nil
	}
	path := filepath.Join(l.Folder(), name)
	if l.Lock != "" {
		path = l.Lock
	}
	if _, err := os.Stat(path); err == nil && (filepath.Base(path) == name || tool == index.Pip) {
		return nil
	}
	return &fault.Error{Kind: fault.Lock, Subject: string(tool), Message: fmt.Sprintf("%s reads %s, which does not exist here", tool, name),
		Hints: []string{"use lamella's own builder, which reads every lock file: --builder native"}}
}
