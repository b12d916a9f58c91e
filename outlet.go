package lamella

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/store/local"
)

// outlets opens back ends. Those of one account and region keep to one limit;
// those of one account pass zips on to each other.
type outlets struct {
	mu     sync.Mutex
	limits map[aws.Account]*aws.RateLimit
	copies map[aws.Account]*publish.ZipCopies // the account has no region here
}

// destination opens the back end that l goes to.
func destination(ctx context.Context, l Layer, env Env) (publish.Destination, error) {
	return new(outlets).open(ctx, l, env)
}

func (o *outlets) open(ctx context.Context, l Layer, env Env) (publish.Destination, error) {
	d := publish.Destination{Events: env.Events, Tool: env.tool()}
	home, err := l.home(env)
	if err != nil {
		return d, err
	}
	if l.To != "" {
		if err := localPlace.Check(l.To); err != nil {
			return d, err
		}
		d.Objects, d.Layers, err = unpack(local.New(l.To, home))
		return d, err
	}
	if d.Parameter, err = l.parameter(); err != nil {
		return d, err
	}
	account := aws.Account{Profile: l.Profile, RoleARN: l.RoleARN, Region: l.Region}
	options := aws.Options{Account: account, KMSKey: l.KMSKey, SSE: l.SSE, ACL: l.ACL, Events: env.Events}
	options.RateLimit, d.Copies = o.shared(account)
	d.Objects, d.Layers, err = unpack(aws.New(ctx, home, options))
	return d, err
}

// shared returns what an account's destinations have in common.
func (o *outlets) shared(account aws.Account) (*aws.RateLimit, *publish.ZipCopies) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.limits == nil {
		o.limits, o.copies = map[aws.Account]*aws.RateLimit{}, map[aws.Account]*publish.ZipCopies{}
	}
	if o.limits[account] == nil {
		o.limits[account] = aws.NewRateLimit()
	}
	limit := o.limits[account]
	account.Region = ""
	if o.copies[account] == nil {
		o.copies[account] = new(publish.ZipCopies)
	}
	return limit, o.copies[account]
}

// home is the place of the layer's objects, placeholders filled in.
func (l Layer) home(env Env) (store.Prefix, error) {
	uri := l.Home
	switch {
	case l.Name == "":
		return store.Prefix{}, errNoName()
	case uri == "" && l.To == "":
		return store.Prefix{}, &fault.Error{Kind: fault.Usage, Op: "find", Subject: "the layer's home", Err: errors.New("neither a home on S3 nor a local folder is given"),
			Hints: []string{"--home s3://BUCKET/PREFIX/{layer}, or home = \"s3://…\" in [tool.lamella]", "to try without AWS: --to out"}}
	case uri == "":
		uri = "s3://local/{layer}"
	}
	if strings.Contains(uri, regionPlace) {
		region := l.region(env)
		if region == "" {
			return store.Prefix{}, &fault.Error{Kind: fault.Usage, Op: "find", Subject: "the layer's home", Err: errors.New(uri + " has a {region}, and no region is given"),
				Hints: []string{"--region eu-central-1 (or yours)", "export AWS_REGION=eu-central-1"}}
		}
		uri = strings.ReplaceAll(uri, regionPlace, region)
	}
	return store.ParsePrefix(uri, l.Name)
}

// parameter is the name of the parameter that gets the layer's ARN. The rules are
// those of Systems Manager ("Requirements and constraints for parameter names").
func (l Layer) parameter() (string, error) {
	name := strings.ReplaceAll(l.SSMParameter, "{name}", l.Name)
	refused := func(why string) (string, error) {
		return "", &fault.Error{Kind: fault.Usage, Op: "name", Subject: "parameter " + name, Err: errors.New(why),
			Hints: []string{`ssm-parameter = "/layers/{name}"`}}
	}
	const most, levels = 1011, 15 // the ARN in front of it counts, too
	first := strings.ToLower(strings.TrimPrefix(name, "/"))
	switch {
	case name == "":
	case !parameterName.MatchString(name):
		return refused("it may have letters, digits, . - _, and begins with / if it has a / in it")
	case strings.HasPrefix(first, "aws") || strings.HasPrefix(first, "ssm"):
		return refused("names that begin with aws or ssm are kept for AWS")
	case strings.Count(name, "/") > levels:
		return refused(fmt.Sprintf("it has more than %d levels", levels))
	case len(name)+len("arn:aws-us-gov:ssm:ap-southeast-1:123456789012:parameter/") > most:
		return refused("it is too long")
	}
	return name, nil
}

var parameterName = regexp.MustCompile(`^([A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+)$`)

// region is the layer's or the environment's, "" if a profile has to tell.
func (l Layer) region(env Env) string {
	return cmp.Or(l.Region, env.getenv("AWS_REGION"), env.getenv("AWS_DEFAULT_REGION"))
}

// regionPlace stands for the region in a home.
const regionPlace = "{region}"

// unpack makes interfaces of a back end's own types.
func unpack[O store.Objects, L store.Layers](o O, l L, err error) (store.Objects, store.Layers, error) {
	return o, l, err
}

// Place says where the layer goes, as far as the layer says: "eu-central-1", with
// profile and role before it if there are any.
func (l Layer) Place() string {
	var parts []string
	for _, s := range []string{l.Profile, l.RoleARN, l.Region} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// String tells the layer from others: "web in eu-central-1".
func (l Layer) String() string {
	if place := l.Place(); place != "" {
		return l.Name + " in " + place
	}
	return l.Name
}

// label makes the events of several destinations tell themselves apart.
func (l Layer) label(events event.Sink) event.Sink {
	place := l.Place()
	if place == "" || events == nil {
		return events
	}
	return func(e event.Event) {
		e.Subject += " in " + place
		events(e)
	}
}
