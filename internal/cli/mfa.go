package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/awscall"
)

// askMFA takes the code for an AWS profile that requires MFA from --mfa-code, or asks for it
// on the terminal if there is one.
func (a *app) askMFA(cmd *cobra.Command) {
	given := a.mfaCode
	_, in := terminal(os.Stdin)
	_, out := terminal(a.Err)
	if given == "" && (!in || !out) {
		return
	}
	cmd.SetContext(awscall.WithMFACode(cmd.Context(), func() (string, error) {
		if code := given; code != "" {
			given = "" // a code can be used only once
			return code, nil
		}
		if !in || !out {
			return "", errors.New("the MFA code has already been used")
		}
		fmt.Fprint(a.Err, "MFA code for AWS: ")
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return strings.TrimSpace(line), err
	}))
}
