export async function measureSearchable() {}
