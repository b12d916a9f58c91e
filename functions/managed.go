package functions

import (
	"strings"

	"github.com/lamella-build/lamella/store"
)

// Manager is the tool that a function's tags name, and what its next run does to
// a layer that was moved behind its back.
type Manager struct {
	Tool  string `json:"tool"`            // "CloudFormation", "AWS SAM", "Terraform", "Chalice" …
	Stack string `json:"stack,omitempty"` // CloudFormation's
}

// managers are known by the value of a tag that people or tools give.
var managers = []struct{ word, tool string }{
	{"terraform", "Terraform"}, {"opentofu", "OpenTofu"}, {"pulumi", "Pulumi"}, {"cloudformation", "CloudFormation"},
	{"serverless", "Serverless Framework"}, {"zappa", "Zappa"}, {"lambroll", "lambroll"}, {"cdk", "AWS CDK"},
}

// managerTags are names of tags, in lower case without - and _, whose value says
// what manages a resource.
var managerTags = map[string]bool{"managedby": true, "createdby": true, "provisioner": true, "provisionedby": true, "deployedby": true, "iac": true, "iactool": true}

// managerOf tells what manages a function; nil if no tag says so, which proves
// nothing: Terraform and others leave no tag of their own.
func managerOf(f store.Function) *Manager {
	if stack := f.Tags["aws:cloudformation:stack-name"]; stack != "" {
		if f.Tags["lambda:createdBy"] == "SAM" {
			return &Manager{"AWS SAM", stack}
		}
		return &Manager{"CloudFormation", stack}
	}
	if f.Tags["aws-chalice"] != "" {
		return &Manager{Tool: "Chalice"}
	}
	for name, value := range f.Tags {
		plain := strings.ToLower(strings.NewReplacer("-", "", "_", "", ":", "", " ", "").Replace(name))
		value = strings.ToLower(value)
		for _, m := range managers {
			if managerTags[plain] && strings.Contains(value, m.word) || plain == m.word && value != "" && value != "false" && value != "no" {
				return &Manager{Tool: m.tool}
			}
		}
	}
	return nil
}

func (m Manager) String() string {
	if m.Stack != "" {
		return m.Tool + " (stack " + m.Stack + ")"
	}
	return m.Tool
}

// drift says what follows for a function that leaves version from, 0 if it has none.
func (m Manager) drift(function string, from int64) string {
	kept := "no version of this layer"
	if from > 0 {
		kept = "version " + number(from)
	}
	switch {
	case m.Stack != "" && from > 0:
		return "the template of " + m.String() + " keeps " + kept + " for " + function + ": the next change of the function there brings it back, so " + kept + " has to stay"
	case m.Stack != "":
		return "the template of " + m.String() + " keeps " + kept + " for " + function + ": the next change of the function there removes it"
	case m.Tool == "Chalice" || m.Tool == "Zappa":
		return "the next deployment with " + m.Tool + " sets the layers of " + function + " to those it has configured, or to none"
	}
	return "the next run of " + m.Tool + " sets " + function + " back to " + kept
}
