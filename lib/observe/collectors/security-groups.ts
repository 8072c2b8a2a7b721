import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { expectedEverySeconds } from '#lib/domain/observation/kinds.ts';
import { allPages } from '../../adapters/aws/pages.ts';
import { type Collector, factsOf, regionOf } from '../collector.ts';

/** Names of the groups in the Region's VPC: by them a database tells that it is shut. Asked as rarely as the network. */
export const securityGroups: Collector = {
  service: 'ec2',
  covers: () => [],
  everySeconds: (period) => expectedEverySeconds('peering', period),
  async collect(context) {
    const { code, vpcId } = regionOf(context);
    const groups = await allPages((NextToken) =>
      context.clients
        .ec2(code)
        .send(
          new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }], NextToken }),
        )
        .then((page) => ({ items: page.SecurityGroups, next: page.NextToken })),
    );
    const facts = factsOf(context);
    facts.groupNames = new Map(
      groups.flatMap(({ GroupId, GroupName, Tags }) => {
        const name = Tags?.find(({ Key }) => Key === 'Name')?.Value ?? GroupName;
        return GroupId && name ? [[GroupId, name] as const] : [];
      }),
    );
    return { seen: [] };
  },
};
