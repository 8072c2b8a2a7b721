import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { CellHead, PageHead } from '#components/ui/layout.tsx';
import { Pager } from '#components/ui/pager.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { ApprovalPolicies } from './approval-policies.tsx';
import type { PersonRow, SettingsActions, SettingsModel } from './model.ts';
import { Notifications } from './notifications.tsx';
import { PersonPanel } from './person-panel.tsx';
import { Policies } from './policies.tsx';
import { Tokens } from './tokens.tsx';

/** People and grants, tokens, freezes, policies, notifications. */
export function SettingsPeopleView({
  settings,
  actions,
}: {
  settings: SettingsModel;
  actions: SettingsActions;
}) {
  return (
    <>
      <PageHead
        answer={settings.answer}
        detail={settings.detail}
        actions={<LinkTabs label="Settings" items={settings.tabs} />}
      />
      {settings.tab === 'people' ? <People settings={settings} actions={actions} /> : null}
      {settings.tab === 'tokens' ? <Tokens settings={settings} actions={actions} /> : null}
      {settings.policy === null ? null : (
        <Policies key={settings.policy.key} policy={settings.policy} actions={actions} />
      )}
      {settings.notifications === null ? null : (
        <Notifications notifications={settings.notifications} actions={actions} />
      )}
      {settings.approvals === null ? null : (
        <ApprovalPolicies approvals={settings.approvals} actions={actions.policies} />
      )}
    </>
  );
}

function People({ settings, actions }: { settings: SettingsModel; actions: SettingsActions }) {
  const { person } = settings;
  return (
    <div className={person === null ? 'people single' : 'people'}>
      <div>
        <CellHead padded title="People" note="roles of this environment; a role holds what its grants say" />
        {settings.people.length === 0 ? (
          <div className="pad">
            <Empty title="Nobody has signed in yet.">
              People appear with their first sign-in, or by meridian user add.
            </Empty>
          </div>
        ) : (
          <div className="scroll">
            <table className="fold one">
              <thead>
                <tr>
                  <th>Person</th>
                  <th>Roles</th>
                  <th>State</th>
                  <th className="num">Sessions</th>
                  <th className="num">Last seen</th>
                </tr>
              </thead>
              <tbody>
                {settings.people.map((row) => (
                  <PersonLine key={row.id} row={row} selected={row.id === person?.id} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Pager summary={settings.summary} newer={settings.newer} older={settings.older} />
      </div>
      {person === null ? null : (
        <PersonPanel key={person.id} person={person} choices={settings.choices} actions={actions} />
      )}
    </div>
  );
}

function PersonLine({ row, selected }: { row: PersonRow; selected: boolean }) {
  return (
    <tr className={selected ? 'sel' : undefined}>
      <td>
        <Link
          className="row-link"
          href={row.href}
          data-row
          scroll={false}
          aria-current={selected ? 'true' : undefined}
        >
          <b>{row.name}</b>
        </Link>
        <span className="sub">{row.email}</span>
      </td>
      <td data-l="Roles">
        <span className="tags">
          {row.roles.map((role) => (
            <span key={role} className="tag">
              {role}
            </span>
          ))}
        </span>
      </td>
      <td data-l="State">
        <StatusWord status={row.status}>{row.word}</StatusWord>
      </td>
      <td className="num" data-l="Sessions">
        {row.sessions}
      </td>
      <td className="num soft" data-l="Last seen">
        {row.lastSeenAt === null ? <span className="muted">never</span> : <Age at={row.lastSeenAt} />}
      </td>
    </tr>
  );
}
