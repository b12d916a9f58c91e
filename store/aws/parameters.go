package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Parameter implements store.Parameters with GetParameter.
func (l *Layers) Parameter(ctx context.Context, name string) (string, error) {
	var out parameterAnswer
	err := l.askParameters(ctx, "GetParameter", map[string]any{"Name": name}, &out)
	switch {
	case errorCode(err) == "ParameterNotFound":
		return "", nil
	case err != nil:
		return "", l.explainParameter(err, "read", "ssm:GetParameter", name)
	case out.Parameter.Type != "String":
		return "", &fault.Error{Kind: fault.Destination, Subject: name,
			Message: fmt.Sprintf("parameter %s in %s is a %s, not a String", name, l.region, out.Parameter.Type),
			Hints:   []string{"use another parameter: --ssm-parameter NAME", "or, if nothing needs the existing parameter, delete it: aws ssm delete-parameter --name " + name + " --region " + l.region}}
	}
	return *out.Parameter.Value, nil
}

// SetParameter implements store.Parameters with PutParameter.
func (l *Layers) SetParameter(ctx context.Context, name, value string) error {
	in := map[string]any{"Name": name, "Value": value, "Type": "String", "Overwrite": true}
	if err := l.askParameters(ctx, "PutParameter", in, new(parameterWritten)); err != nil {
		return l.explainParameter(err, "write", "ssm:PutParameter", name)
	}
	return nil
}

// parameterAnswer is the response to GetParameter.
type parameterAnswer struct {
	Parameter struct {
		Type  string
		Value *string // nil if it is missing
	}
}

func (a *parameterAnswer) lacks() string {
	if a.Parameter.Value == nil {
		return "it has no Value"
	}
	return lacks("Type", &a.Parameter.Type)
}

// parameterWritten is the response to PutParameter.
type parameterWritten struct{ Version int64 }

func (w *parameterWritten) lacks() string {
	if w.Version < 1 {
		return "it has no Version"
	}
	return ""
}

// explainParameter is like explain, for a request about a parameter.
func (l *Layers) explainParameter(err error, op, action, name string) error {
	return explain(err, request{op: op, subject: "parameter " + name + " in " + l.region, action: action, region: l.region,
		resource: fmt.Sprintf("arn:%s:ssm:%s:*:parameter/%s", partition(l.region), l.region, strings.TrimPrefix(name, "/"))})
}

// askParameters calls an action of Parameter Store with a signed POST of JSON (AWS JSON 1.1;
// Systems Manager API reference, GetParameter and PutParameter). Two actions do not justify
// an SDK client. Both may be repeated.
func (l *Layers) askParameters(ctx context.Context, action string, in any, out interface{ lacks() string }) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	header := map[string]string{"X-Amz-Target": "AmazonSSM." + action}
	return l.ask(ctx, systemsManager, header, body, func(text []byte) error {
		if err := json.Unmarshal(text, out); err != nil {
			return &incomplete{action, "it is unreadable (" + err.Error() + ")", err}
		}
		if why := out.lacks(); why != "" {
			return &incomplete{action, why, nil}
		}
		return nil
	})
}

// systemsManager describes Systems Manager, accessed through AWS JSON 1.1.
var systemsManager = signedService{
	name: "Systems Manager", id: "SSM", host: "ssm", contentType: "application/x-amz-json-1.1", pause: 200 * time.Millisecond,
	failure: func(text []byte, status string) (code, message string) {
		failure := struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}{Type: status}
		_ = json.Unmarshal(text, &failure) // a proxy's response has only a status
		return failure.Type[strings.LastIndexByte(failure.Type, '#')+1:], failure.Message
	},
}

var _ store.Parameters = (*Layers)(nil)
