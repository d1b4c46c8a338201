import { z } from 'zod';

const name = z.string().trim().min(1).max(100);
const email = z.email().max(254);
/** NIST SP 800-63B: length is what counts; long ones are welcome, within what a hash should chew. */
const newPassword = z.string().min(12, 'needs at least 12 characters').max(200);

export const person = z.object({ id: z.string(), name: z.string(), email: z.string(), role: z.enum(['administrator', 'viewer']) }).meta({ id: 'Person' });
export const session = z.object({ person, csrf: z.string().describe('Goes into the header x-sallyport-csrf of every request that changes something.') }).meta({ id: 'Session' });
export const credentials = z.object({ email, password: z.string().min(1).max(200) });
export const setUpRequest = z.object({ token: z.string().min(1).max(100), name, email, password: newPassword });
export const setUpState = z.object({ needed: z.boolean() });
export const setupToken = z.object({ token: z.string(), path: z.string().describe('Of the console, with the token in its fragment.') });
export const newPerson = z.object({ name, email, password: newPassword, role: z.enum(['administrator', 'viewer']) });
export const people = z.object({ items: z.array(person) });

export const newApplication = z.object({ name, owner: z.string().trim().min(1).max(200), purpose: z.string().trim().min(1).max(500) });
export const applicationChange = newApplication.partial();
export const application = z
  .object({
    id: z.string(),
    name: z.string(),
    owner: z.string(),
    purpose: z.string(),
    createdAt: z.string(),
    keys: z.object({ active: z.number().int() }),
    lastExchangeAt: z.string().optional(),
  })
  .meta({ id: 'Application' });
export const applications = z.object({ items: z.array(application) });

export const newKey = z.object({
  application: z.string().trim().min(1).max(100).describe('Id or name of an application.'),
  name: name.default('default'),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
  createApplication: z.boolean().default(false).describe('Makes the application when none has this name.'),
});
export const key = z
  .object({
    id: z.string(),
    name: z.string(),
    applicationId: z.string(),
    applicationName: z.string(),
    lastFour: z.string(),
    createdAt: z.string(),
    createdBy: z.string(),
    expiresAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
    lastUsedAt: z.string().optional(),
  })
  .meta({ id: 'Key' });
export const createdKey = key.extend({ secret: z.string().describe('Given here and never again.') }).meta({ id: 'CreatedKey' });
export const keys = z.object({ items: z.array(key) });
export const keysQuery = z.object({ application: z.string().max(100).optional() });

export const idParams = z.object({ id: z.string().max(60) });
export const nothing = z.undefined().describe('Done.');
