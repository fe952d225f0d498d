const LISTENER = /^arn:aws[a-z-]*:(elasticloadbalancing:[a-z0-9-]+:\d{12}:listener\/(app|net)\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}\/[0-9a-f]{16}|servicediscovery:[a-z0-9-]+:\d{12}:service\/srv-[a-z0-9]{1,32})$/;

/**
 * Whether an upstream, or the address of an integration, is a place in a VPC: the listener of a load balancer, or a service of Cloud Map. API Gateway alone
 * gets there, through a VPC link. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
 */
export const isListener = (place: string): boolean => LISTENER.test(place);
