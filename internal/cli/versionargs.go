package cli

import (
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

// versionArgs separates versions from the project in the arguments of a command. Versions
// are numbers, ARNs, "latest", and, for rollback, "previous". A folder called 3 must be typed
// as ./3.
func versionArgs(cmd *cobra.Command, args []string, atMost int) (which, project []string, err error) {
	for _, arg := range args {
		known := isVersion(arg) && (arg != versions.Previous || cmd.Name() == "rollback")
		switch {
		case known && len(project) == 0 && len(which) < atMost:
			which = append(which, arg)
		case !known && len(project) == 0:
			if _, err := os.Stat(arg); err != nil && len(which) == 0 {
				hint := "use a version number, an ARN, latest, or an existing folder"
				if cmd.Name() == "rollback" {
					hint = "use a version number, an ARN, latest, previous, or an existing folder"
				}
				return nil, nil, &fault.Error{Kind: fault.Usage, Subject: arg, Message: fmt.Sprintf("%q is neither a version nor a folder", arg),
					Hints: []string{hint, "list the versions: lamella history"}}
			}
			project = append(project, arg)
		default:
			return nil, nil, usageError(cmd.Name(), fmt.Sprintf("unexpected argument %q", arg), "see the usage: "+cmd.CommandPath()+" --help")
		}
	}
	return which, project, nil
}

func isVersion(arg string) bool {
	if _, err := strconv.ParseInt(arg, 10, 64); err == nil || arg == "latest" || arg == versions.Previous {
		return true
	}
	arn, ok := store.ParseARN(arg)
	return ok && arn.Version > 0
}

// first returns the first of words, or "" if there is none.
func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}
