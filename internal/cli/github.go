package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
)

// tellGitHub passes on what was deployed if this process runs in a step of a GitHub Actions
// workflow. It sets the step's outputs arns (JSON), published, and, if there is a single
// layer, arn and version, and adds a table to the job summary ("Workflow commands for GitHub
// Actions").
func (a *app) tellGitHub(deployments []deploy.Deployed) error {
	if a.getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	if err := appendTo(a.getenv("GITHUB_OUTPUT"), gitHubOutputs(deployments)); err != nil {
		return err
	}
	return appendTo(a.getenv("GITHUB_STEP_SUMMARY"), gitHubSummary(deployments))
}

// checkGitHub returns an error, before any work, if [app.tellGitHub] could not write its
// files.
func (a *app) checkGitHub() error {
	if a.getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		if err := appendTo(a.getenv(name), ""); err != nil {
			return &fault.Error{Kind: fault.Usage, Message: "cannot write to the file that " + name + " names", Err: err,
				Hints: []string{"or continue without it: unset " + name}}
		}
	}
	return nil
}

func gitHubOutputs(deployments []deploy.Deployed) string {
	outputs := deploy.Outputs(deployments)
	arns, published := map[string]string{}, false
	for _, o := range outputs {
		arns[o.Key] = o.ARN
	}
	for _, d := range deployments {
		published = published || d.Err == nil && d.Result.Published
	}
	asJSON, err := json.Marshal(arns)
	if err != nil {
		panic(err) // strings can always be marshaled
	}
	text := fmt.Sprintf("arns=%s\npublished=%t\n", asJSON, published)
	if len(deployments) == 1 && len(outputs) == 1 {
		text += fmt.Sprintf("arn=%s\nversion=%d\n", escape(outputs[0].ARN), outputs[0].Version)
	}
	return text
}

func gitHubSummary(deployments []deploy.Deployed) string {
	var b strings.Builder
	b.WriteString("### Lambda layers\n\n| layer | target | place | version | outcome |\n|---|---|---|---|---|\n")
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")
	for _, d := range deployments {
		version, done := "", ""
		switch {
		case d.Err != nil:
			done = "**failed**: " + d.Err.Error()
		case d.Result.Published:
			version, done = "`"+escape(d.Result.ARN)+"`", "published: "+d.Result.Reason
		default:
			version, done = "`"+escape(d.Result.ARN)+"`", "unchanged: "+d.Result.Reason
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell.Replace(d.Layer.Name), d.Layer.Target(), cell.Replace(d.Layer.Place()), version, cell.Replace(escape(done)))
	}
	return b.String() + "\n"
}

// appendTo appends text to a file. It does nothing if path is "".
func appendTo(path, text string) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = f.WriteString(text)
		if closed := f.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err}
	}
	return nil
}
