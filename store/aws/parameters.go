package aws

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/store"
)

// parameterAttempts is how often a request is sent if the service fails or does not answer.
const parameterAttempts = 5

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
			Hints:   []string{"use another parameter: --ssm-parameter NAME", "or delete it: aws ssm delete-parameter --name " + name}}
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

// parameterAnswer is the answer to GetParameter.
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

// parameterWritten is the answer to PutParameter.
type parameterWritten struct{ Version int64 }

func (w *parameterWritten) lacks() string {
	if w.Version < 1 {
		return "it has no Version"
	}
	return ""
}

// explainParameter is explain for a request about a parameter.
func (l *Layers) explainParameter(err error, op, action, name string) error {
	return explain(err, request{op: op, subject: "parameter " + name + " in " + l.region, action: action, region: l.region,
		resource: fmt.Sprintf("arn:%s:ssm:%s:*:parameter/%s", partition(l.region), l.region, strings.TrimPrefix(name, "/"))})
}

// askParameters calls one action of Parameter Store without an SDK client, which two actions
// do not justify: a signed POST of JSON (AWS JSON 1.1; Systems Manager API reference,
// GetParameter and PutParameter). Both may be repeated.
func (l *Layers) askParameters(ctx context.Context, action string, in any, out interface{ lacks() string }) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var busy backoff.Backoff
	for attempt := 1; ; attempt++ {
		again, err := l.askOnce(ctx, action, body, out)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if waited, waitErr := l.patience.Wait(ctx, &busy, "Systems Manager", err); waited || waitErr != nil {
			if waitErr != nil {
				return waitErr
			}
			attempt--
			continue
		}
		if !again || attempt >= parameterAttempts {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(200 * time.Millisecond << attempt):
		}
	}
}

func (l *Layers) askOnce(ctx context.Context, action string, body []byte, out interface{ lacks() string }) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.endpoint(ctx, "SSM", "ssm"), bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AmazonSSM."+action)
	if l.config.Credentials == nil {
		return false, errors.New("get credentials: none configured")
	}
	credentials, err := l.config.Credentials.Retrieve(ctx)
	if err != nil {
		return false, fmt.Errorf("get credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), "ssm", l.region, time.Now()); err != nil {
		return false, err
	}
	answer, err := l.http.Do(r)
	if err != nil {
		return true, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return true, err
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		if err := json.Unmarshal(text, out); err != nil {
			return true, &incomplete{action, "it is unreadable (" + err.Error() + ")", err}
		}
		if why := out.lacks(); why != "" {
			return true, &incomplete{action, why, nil}
		}
		return false, nil
	}
	failure := struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{Type: fmt.Sprintf("status %d", answer.StatusCode)}
	_ = json.Unmarshal(text, &failure) // a proxy's answer has only a status
	code := failure.Type[strings.LastIndexByte(failure.Type, '#')+1:]
	refusal := &awscall.Refusal{APIError: &smithy.GenericAPIError{Code: code, Message: failure.Message}, Status: answer.StatusCode, Header: answer.Header}
	return answer.StatusCode >= 500 && !awscall.IsBusy(refusal), refusal
}

// endpoint returns the URL of a service, by its SDK ID and its host name: the service's own
// if one is configured (AWS_ENDPOINT_URL_SSM), otherwise that for all services
// (AWS_ENDPOINT_URL), otherwise the region's.
func (l *Layers) endpoint(ctx context.Context, id, host string) string {
	for _, source := range l.config.ConfigSources {
		named, ok := source.(interface {
			GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
		})
		if !ok {
			continue
		}
		if base, found, err := named.GetServiceBaseEndpoint(ctx, id); found && err == nil {
			return strings.TrimRight(base, "/") + "/"
		}
	}
	if base := awssdk.ToString(l.config.BaseEndpoint); base != "" {
		return strings.TrimRight(base, "/") + "/"
	}
	domain := map[string]string{"aws-cn": "amazonaws.com.cn"}[partition(l.region)]
	return "https://" + host + "." + l.region + "." + cmp.Or(domain, "amazonaws.com") + "/"
}

var _ store.Parameters = (*Layers)(nil)
