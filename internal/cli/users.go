package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
)

func (a *app) usersCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "users [VERSION] [PROJECT]",
		Short: "Show which functions use which version",
		Long: `Show which functions use which version of the layer. The list includes $LATEST and every
published version of a function, with the aliases that point to it. lamella users searches
all configured accounts in which it may list functions.`,
		Example: `  lamella users
  lamella users 3
  lamella users --json | jq -r '.layers[].users[].function'`,
		ValidArgsFunction: completeVersion(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			which, project, err := versionArgs(cmd, args, 1)
			if err != nil {
				return err
			}
			layers, err := a.layers(cmd, &in, project)
			if err != nil {
				return err
			}
			configured, err := a.configured(cmd, &in, project)
			if err != nil {
				return err
			}
			return printEach(a, a.client().Users(cmd.Context(), layers, configured, first(which)), report[*deploy.Users]{
				text: func(_ lamella.Layer, u *deploy.Users) string { return usersText(u) },
				view: func(_ lamella.Layer, u *deploy.Users) any { return u },
			})
		},
	}
	in.bindVersions(cmd)
	return cmd
}

// users returns who uses which version of each layer, by the layer's key. If that is not
// known, it returns nothing and prints a note.
func (a *app) users(cmd *cobra.Command, in *input, project []string, layers []lamella.Layer) (map[string]*deploy.Users, error) {
	configured, err := a.configured(cmd, in, project)
	if err != nil {
		return nil, err
	}
	known := map[string]*deploy.Users{}
	for _, o := range a.client().Users(cmd.Context(), layers, configured, "") {
		if o.Err != nil {
			a.note("note: cannot list the functions that use layer %s: %v", o.Layer, o.Err)
			continue
		}
		known[layerKey(o.Layer)] = o.Value
	}
	return known, cmd.Context().Err()
}

// usersOfVersion lists the function versions that use a version.
func usersOfVersion(u *deploy.Users, version int64) string {
	if u == nil {
		return ""
	}
	var names []string
	for _, user := range u.Users {
		if user.Layer == version {
			names = append(names, user.String())
		}
	}
	return strings.Join(names, ", ")
}

// usersText returns a line for each function version.
func usersText(u *deploy.Users) string {
	if len(u.Users) == 0 {
		return "no function uses this layer\n"
	}
	several := false
	for _, user := range u.Users {
		several = several || user.Account != u.Users[0].Account
	}
	var b strings.Builder
	for _, user := range u.Users {
		line := fmt.Sprintf("version %d", user.Layer)
		if user.Layer == u.Latest {
			line += " (latest)"
		}
		fmt.Fprintf(&b, "%-20s %s", line, escape(user.String()))
		if several {
			fmt.Fprintf(&b, " in account %s", user.Account)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
